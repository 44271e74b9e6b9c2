import { type Command, Option } from 'commander';
import { type CommandParts, type CommonOptions, localCommand } from './command.ts';

export interface ExportOptions extends CommonOptions {
  readonly tenant?: string;
}

export function registerExport(program: Command, { terminal }: CommandParts): void {
  localCommand(
    program,
    'export',
    'Write tenants and clients as files that apply takes. No secret is in them.',
    'countersign export > config.yaml\ncountersign export --tenant acme | countersign apply -f - --dry-run',
  )
    .addOption(new Option('--format <format>', 'what is written').choices(['config']).default('config'))
    .option('--tenant <id>', 'one tenant; without it all')
    .action(async (options: ExportOptions) => {
      const { exportConfig } = await import('./export-actions.ts');
      await exportConfig(terminal, options);
    });
}
