/** From any error to the lines a person reads and the code a script tests. */
import { CommanderError } from 'commander';
import type { CommonOptions } from './command.ts';
import { printable, type Terminal } from './terminal.ts';

interface Report {
  readonly code: string;
  readonly message: string;
  readonly advice?: string | undefined;
}

const usageExit = 2;

/** Codes of our domains, and what to do about them where the message does not say it. */
const adviceByCode: Readonly<Record<string, string>> = {
  unknown_tenant: 'See the tenants: countersign tenant list    Make one: countersign tenant add ID',
  unknown_client: 'See the clients: countersign client list',
  unknown_subject: 'See the users: countersign user list',
  unknown_group: 'See the groups: countersign group list    Make one: countersign group add NAME',
  duplicate_client: 'Change it: countersign client set ID …    Or remove it: countersign client remove ID',
  too_many_secrets:
    'End one: countersign client secret expire ID SECRET    See them: countersign client show ID',
  unknown_secret: 'See the secrets: countersign client show ID',
  unknown_token: 'See the tokens: countersign client registration-token list',
  missing: 'Set up the data directory: countersign init    Or put the key back from your backup.',
};

/** The store's own failures, in the words of somebody who runs it. */
const storageMessages: Readonly<Record<string, Report>> = {
  full: {
    code: 'full',
    message: 'The data directory cannot be written: no space left on the device.',
    advice: 'Free some space and start again. Nothing acknowledged was lost.',
  },
  'read-only': {
    code: 'read_only',
    message: 'The data directory cannot be written.',
    advice: 'Give the user of this program write access to it, or name another: --data-dir DIR',
  },
  unavailable: {
    code: 'unavailable',
    message: 'The store does not answer.',
    advice:
      'If another process keeps it locked, try again or wait longer: --set storage.patienceMs=30000    Else look at the disk, or at the database of storage.url.',
  },
};

/** Prints the error and answers the exit code. */
export function reportError(terminal: Terminal, error: unknown, options: CommonOptions): number {
  if (error instanceof CommanderError) {
    // Commander has printed help, version or its own message.
    return error.code === 'commander.helpDisplayed' || error.code === 'commander.version' ? 0 : usageExit;
  }
  for (const report of reportsOf(error)) {
    if (options.json === true) {
      terminal.err(JSON.stringify({ error: report }));
    } else {
      terminal.err(`error: ${printable(report.message)}`);
      if (report.advice !== undefined) terminal.err(`  ${printable(report.advice)}`);
    }
  }
  return named(error, 'UsageError') ? usageExit : 1;
}

function reportsOf(error: unknown): readonly Report[] {
  // What went wrong first is the cause; the rest followed from it.
  if (error instanceof AggregateError && error.errors.length > 0) return reportsOf(error.errors[0]);
  if (!(error instanceof Error)) return [{ code: 'internal', message: String(error) }];
  if (hasProblems(error)) {
    return error.problems.map((problem) => ({
      code: named(error, 'ConfigError') ? 'configuration' : 'invalid_declaration',
      message: `${problem.path} ${problem.message}`,
    }));
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'internal';
  const detail = error.message === '' ? '' : error.message;
  if (named(error, 'StorageError')) {
    const known = storageMessages[code];
    return [
      known === undefined
        ? { code, message: `The store cannot be used: ${detail}.` }
        : { ...known, message: `${known.message} (${detail})` },
    ];
  }
  const system = systemReport(code, error);
  if (system !== undefined) return [system];
  if (named(error, 'KeyFileError')) return [{ code, message: detail }];
  if (named(error, 'StartError') || named(error, 'BucketSecretError')) {
    return [{ code: 'start_refused', message: detail }];
  }
  if (code === 'internal') {
    return [
      {
        code,
        message: `Something unexpected went wrong: ${detail}`,
        advice: `Please report it with the command and this: ${firstFrame(error)}`,
      },
    ];
  }
  const advice = 'advice' in error && typeof error.advice === 'string' ? error.advice : adviceByCode[code];
  return [{ code, message: detail, ...(advice !== undefined && { advice }) }];
}

function systemReport(code: string, error: Error): Report | undefined {
  const { address, port, path } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  switch (code) {
    case 'EADDRINUSE':
      return {
        code: 'port_in_use',
        message: `Port ${port} on ${address} is in use by another program.`,
        advice:
          'Stop that program, or choose another port: --set server.listen=127.0.0.1:9500 (dev also reads PORT)',
      };
    case 'EADDRNOTAVAIL':
      return {
        code: 'address_not_available',
        message: `This machine has no address ${address}.`,
        advice: 'Correct server.listen.',
      };
    case 'ENOSPC':
      return storageMessages.full;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return port === undefined
        ? {
            code: 'read_only',
            message: `${path ?? 'A file'} may not be read or written by this user (${code}).`,
            advice: 'Check owner and mode of the file.',
          }
        : {
            code: 'port_forbidden',
            message: `Port ${port} may not be used by this user.`,
            advice: 'Choose one above 1023: --set server.listen=127.0.0.1:9400',
          };
    case 'ENOENT':
      return { code: 'no_such_file', message: `There is no file ${path ?? ''}.` };
    default:
      return undefined;
  }
}

function hasProblems(
  error: Error,
): error is Error & { problems: readonly { readonly path: string; readonly message: string }[] } {
  return (
    (named(error, 'ConfigError') || named(error, 'DeclarationError')) &&
    'problems' in error &&
    Array.isArray(error.problems)
  );
}

/** By name, not by class: the modules of those classes are not loaded for a wrong option. */
function named(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function firstFrame(error: Error): string {
  return `${error.name} ${
    error.stack
      ?.split('\n')
      .find((line) => line.trimStart().startsWith('at '))
      ?.trim() ?? ''
  }`;
}
