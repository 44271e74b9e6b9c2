import type { Command } from 'commander';
import { type CommandParts, type CommonOptions, localCommand } from './command.ts';

export function registerServe(program: Command, { terminal }: CommandParts): void {
  localCommand(
    program,
    'serve',
    'Run the server. SIGTERM drains; SIGHUP reads log level and files again.',
    'countersign serve --config /etc/countersign.yaml',
  ).action(async (options: CommonOptions) => {
    const { serve } = await import('./serve-actions.ts');
    await serve(terminal, options);
  });
}
