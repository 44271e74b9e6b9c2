import type { Command } from 'commander';
import { type CommandParts, type CommonOptions, localCommand, wholeNumber } from './command.ts';

export interface MoveCommandOptions extends CommonOptions {
  readonly to: string;
  readonly passwordFile?: string;
  readonly wait: number;
}

export function registerMove(program: Command, { terminal }: CommandParts): void {
  localCommand(
    program,
    'move',
    'Move the embedded store into PostgreSQL: copies while the server works, then waits for it to be stopped, compares and finishes.',
    'countersign move --to postgres://countersign@db.example.com:5432/countersign --password-file /run/secrets/postgres-password',
  )
    .requiredOption('--to <url>', 'an empty database; a password in the URL is refused')
    .option('--password-file <file>', 'the password of the database (or PGPASSWORD in the environment)')
    .option(
      '--wait <seconds>',
      'how long to wait, once all is copied, for the server to be stopped',
      wholeNumber,
      3600,
    )
    .addHelpText(
      'after',
      `
TLS and the rest are the settings that the server will have: --set storage.tls=verify-full --set storage.caFile=ca.pem

The server may go on working while rows are copied. The last comparison needs the source at rest: stop the server when the command asks for
it; that takes as long as reading every row twice. What interrupts the command, be it kill -9, costs nothing: run it again, and it goes on.
The source is only read. Secrets stay sealed under the envelope key, which is not moved: it stays in its file, and every process needs it.`,
    )
    .action(async (options: MoveCommandOptions) => {
      const { move } = await import('./move-actions.ts');
      await move(terminal, options);
    });
}
