import type { Command } from 'commander';
import { type CommandParts, type CommonOptions, localCommand, wholeNumber } from './command.ts';

export function registerDev(program: Command, { terminal }: CommandParts): void {
  localCommand(
    program,
    'dev',
    'Run a development instance on http loopback, with a demo client.',
    'countersign dev --port 9500',
  )
    .option('--port <port>', 'port on localhost (PORT; default 9400)', wholeNumber)
    .action(async (options: CommonOptions & { port?: number }) => {
      const { dev } = await import('./dev-actions.ts');
      await dev(terminal, options);
    });
}
