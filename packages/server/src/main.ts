/** The process: from arguments to an exit code. Nothing below this file ends the process. */
import { createProgram } from './cli/program.ts';
import { reportError } from './cli/report-error.ts';
import { processTerminal, type Terminal } from './cli/terminal.ts';

/**
 * Runs one command and answers its exit code: 0 done, 1 failed, 2 wrong usage. Long-running commands answer when they have drained.
 * Does not throw.
 */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  try {
    await createProgram({ terminal }).parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    return reportError(terminal, error, { json: argv.includes('--json') });
  }
}
