/** The process: from arguments to an exit code. Nothing below this file ends the process. */
import { createProgram } from './cli/program.ts';
import { reportError } from './cli/report-error.ts';
import { processTerminal, type Terminal } from './cli/terminal.ts';

/**
 * Runs one command and answers its exit code: 0 done, 1 failed, 2 wrong usage, 3 `apply --dry-run` found differences. Long-running commands answer when they have drained.
 * Does not throw.
 */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  try {
    let exitCode = 0;
    const program = createProgram({
      terminal,
      setExitCode: (code) => {
        exitCode = code;
      },
    });
    await program.parseAsync(hyphenatedIds(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(terminal, error, { json: argv.includes('--json') });
  }
}

const commandsWithIds: readonly string[] = ['token inspect', 'token revoke', 'session end'];

/** A jti or session id may begin with a hyphen; it is no option. No option of these commands looks like one. */
function hyphenatedIds(argv: readonly string[]): string[] {
  const [group, command] = argv;
  if (!commandsWithIds.includes(`${group} ${command}`) || argv.includes('--')) return [...argv];
  const isId = (argument: string): boolean => /^-[A-Za-z0-9_-]{15,}$/.test(argument);
  const ids = argv.filter(isId);
  return ids.length === 0 ? [...argv] : [...argv.filter((argument) => !isId(argument)), '--', ...ids];
}
