import type { Command } from 'commander';
import { type CommandParts, type CommonOptions, group, localCommand } from './command.ts';

export function registerConfig(program: Command, { terminal }: CommandParts): void {
  const config = group(program, 'config', 'Process settings.', 'countersign config show --explain');
  const actions = () => import('./config-actions.ts');

  localCommand(
    config,
    'show',
    'Show every setting, its value and where it comes from.',
    'countersign config show --explain',
  )
    .option('--explain', 'with unit, default, variable and help')
    .action(async (options: CommonOptions & { explain?: boolean }) =>
      (await actions()).showConfig(terminal, options),
    );

  localCommand(
    config,
    'check',
    'Check the configuration and the files it names, without starting.',
    'countersign config check --config /etc/countersign.yaml',
  ).action(async (options: CommonOptions) => (await actions()).checkConfig(terminal, options));
}
