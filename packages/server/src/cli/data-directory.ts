/** The data directory as `init` and `dev` make it: everything for its owner only (LOC-1). */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Config, configFileName, secretsDirectory } from '../config/index.ts';
import { createEnvelopeKeyFile } from '../keys/envelope.ts';
import { createPrivateFile } from '../keys/key-file.ts';
import { CommandError } from './command-error.ts';

/** What tells our directory from somebody's home that was named by mistake. */
const ownNames: readonly string[] = [configFileName, 'secrets', 'countersign.db'];
const foreignNamesAllowed: readonly string[] = ['lost+found'];

/**
 * Makes what is missing and leaves what is there: the same call repairs a start that was interrupted. Each file appears whole or not at
 * all. The configuration file is made only for a directory that has no store yet.
 * @throws {CommandError} when the directory holds other things, or a store without the key that opens it
 */
export function prepareDataDirectory(config: Config, configText: string): void {
  const { directory } = config.storage;
  try {
    makeDirectory(directory);
    const names = readdirSync(directory);
    refuseForeign(directory, names);
    restrict(directory);
    const secrets = secretsDirectory(directory);
    makeDirectory(secrets);
    restrict(secrets);
    const hasStore =
      names.some((name) => name.endsWith('.db')) ||
      (config.storage.postgres !== null && names.includes(configFileName));
    prepareEnvelopeKey(config, hasStore);
    if (dirname(config.rateLimits.secretFile) === secrets) {
      createPrivateFile(config.rateLimits.secretFile, `${randomBytes(32).toString('base64')}\n`);
    }
    if (!hasStore) createPrivateFile(join(directory, configFileName), configText);
  } catch (error) {
    throw fileSystemError(error, directory);
  }
}

function prepareEnvelopeKey(config: Config, hasStore: boolean): void {
  const { envelopeKeyFile } = config.secrets;
  const { directory } = config.storage;
  // A key that is kept elsewhere is somebody else's to make.
  if (dirname(envelopeKeyFile) !== secretsDirectory(directory) || existsSync(envelopeKeyFile)) return;
  if (hasStore) {
    throw new CommandError(
      'envelope_key_missing',
      `${directory} holds a store, but ${envelopeKeyFile} is missing: nothing sealed in it opens with another key.`,
      'Put the key back from your backup.',
    );
  }
  createEnvelopeKeyFile(envelopeKeyFile);
}

function refuseForeign(directory: string, names: readonly string[]): void {
  const foreign = names.filter((name) => !foreignNamesAllowed.includes(name));
  if (foreign.length === 0 || foreign.some((name) => ownNames.includes(name))) return;
  throw new CommandError(
    'not_empty',
    `${directory} holds other files and is no data directory of Countersign.`,
    'Nothing was changed. Name an empty directory, or one that does not exist: --data-dir DIR',
  );
}

/** Not `recursive`: that never ends where a parent exists and refuses children with ENOENT, as /proc does. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process came first, and made it as this one would have.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function restrict(directory: string): void {
  if ((statSync(directory).mode & 0o077) !== 0) chmodSync(directory, 0o700);
}

function fileSystemError(error: unknown, directory: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new CommandError(
        'read_only',
        `${directory} cannot be written (${code}).`,
        'Give the user of this program write access, or name another: --data-dir DIR',
        { cause: error },
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new CommandError(
        'full',
        `${directory} cannot be written: no space left on the device.`,
        'Free some space and try again.',
        { cause: error },
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new CommandError(
        'not_a_directory',
        `${directory} is not a directory, and cannot be made one.`,
        'Name another: --data-dir DIR',
        { cause: error },
      );
    default:
      return error;
  }
}
