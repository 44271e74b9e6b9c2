/** The data directory as `init` and `dev` make it: everything for its owner only (LOC-1). */
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Config, configFileName, secretsDirectory } from '../config/index.ts';
import { createEnvelopeKeyFile } from '../keys/envelope.ts';
import { CommandError } from './command-error.ts';

/**
 * Makes what is missing and leaves what is there: the same call repairs a start that was interrupted. The configuration file is written
 * last, so that a directory with one is complete. Answers whether the directory was empty or absent before.
 * @throws {CommandError} when there is a store but not the key that opens it
 */
export function prepareDataDirectory(config: Config, configText: string): boolean {
  const { directory } = config.storage;
  const isNew = isEmptyDirectory(directory);
  try {
    makePrivateDirectory(directory);
    const secrets = secretsDirectory(directory);
    makePrivateDirectory(secrets);
    prepareEnvelopeKey(config, directory, secrets);
    if (dirname(config.rateLimits.secretFile) === secrets) {
      writeOnce(config.rateLimits.secretFile, `${randomBytes(32).toString('base64')}\n`);
    }
    if (isNew) writeOnce(join(directory, configFileName), configText);
  } catch (error) {
    throw fileSystemError(error, directory);
  }
  return isNew;
}

function prepareEnvelopeKey(config: Config, directory: string, secrets: string): void {
  const { envelopeKeyFile } = config.secrets;
  // A key that is kept elsewhere is somebody else's to make.
  if (dirname(envelopeKeyFile) !== secrets || existsSync(envelopeKeyFile)) return;
  const stores = readdirSync(directory).filter((name) => name.endsWith('.db'));
  if (stores.length > 0) {
    throw new CommandError(
      'envelope_key_missing',
      `${directory} holds a store, but ${envelopeKeyFile} is missing: nothing sealed in it opens with another key.`,
      'Put the key back from your backup.',
    );
  }
  createEnvelopeKeyFile(envelopeKeyFile);
}

/** Writes a file for its owner only, unless it exists; on disk when this returns. */
export function writeOnce(path: string, text: string): void {
  if (existsSync(path)) return;
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function isEmptyDirectory(directory: string): boolean {
  return !existsSync(directory) || (statSync(directory).isDirectory() && readdirSync(directory).length === 0);
}

function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
}

function fileSystemError(error: unknown, directory: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new CommandError('read_only', `${directory} cannot be written (${code}).`, 'Give the user of this program write access, or name another: --data-dir DIR', { cause: error });
    case 'ENOSPC':
    case 'EDQUOT':
      return new CommandError('full', `${directory} cannot be written: no space left on the device.`, 'Free some space and try again.', { cause: error });
    case 'ENOTDIR':
    case 'EEXIST':
      return new CommandError('not_a_directory', `${directory} is not a directory.`, 'Name another: --data-dir DIR', { cause: error });
    default:
      return error;
  }
}
