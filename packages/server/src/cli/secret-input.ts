import { CommandError } from './command-error.ts';
import type { Terminal } from './terminal.ts';

const maxBytes = 4096;

/** A secret from standard input: one line, whose line end does not count. */
export async function readSecretInput(terminal: Terminal, what: string): Promise<string> {
  const text = (await terminal.readInput(maxBytes)).replace(/\r?\n$/, '');
  if (text === '') {
    throw new CommandError(
      'empty_input',
      `Standard input holds no ${what}.`,
      `Send it: printf %s "$SECRET" | countersign …`,
    );
  }
  if (/[\r\n]/.test(text))
    throw new CommandError('invalid_input', `The ${what} on standard input has more than one line.`);
  return text;
}
