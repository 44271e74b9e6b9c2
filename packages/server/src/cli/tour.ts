import type { Command } from 'commander';
import { type CommandParts, describe } from './command.ts';

export function registerTour(program: Command, { terminal }: CommandParts): void {
  describe(
    program.command('tour'),
    'Run the main flows against a throw-away instance and print what was verified.',
    'countersign tour',
  )
    .option('--json', 'machine-readable output')
    .action(async (options: { readonly json?: boolean }) => {
      const { tour } = await import('./tour/run.ts');
      await tour(terminal, options);
    });
}
