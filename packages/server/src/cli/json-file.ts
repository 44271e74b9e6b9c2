import { readFileSync } from 'node:fs';
import { JoseError, parseStrictJsonObject } from '@countersign/protocol/jose';
import { CommandError } from './command-error.ts';

const maxBytes = 65_536;

/**
 * The JSON object in a file that an option names, read strictly: no duplicate members, at most 64 kB.
 * @throws {CommandError} with `code`, saying what the file should hold
 */
export function readJsonFile(
  path: string,
  expected: { readonly code: string; readonly what: string; readonly looksLike: string },
): Record<string, unknown> {
  const bytes = readFileSync(path);
  if (bytes.length > maxBytes)
    throw new CommandError(expected.code, `${path} is larger than ${maxBytes} bytes.`);
  try {
    return parseStrictJsonObject(bytes);
  } catch (error) {
    if (!(error instanceof JoseError)) throw error;
    throw new CommandError(
      expected.code,
      `${path} is not ${expected.what}: ${error.message}.`,
      `It looks like ${expected.looksLike}.`,
      { cause: error },
    );
  }
}
