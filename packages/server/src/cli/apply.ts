import type { Command } from 'commander';
import { type CommandParts, type CommonOptions, localCommand, repeated } from './command.ts';

export interface ApplyOptions extends CommonOptions {
  readonly file: readonly string[];
  readonly dryRun?: boolean;
  readonly prune?: boolean;
  readonly yes?: boolean;
}

export function registerApply(program: Command, parts: CommandParts): void {
  localCommand(
    program,
    'apply',
    'Make tenants and clients what files say. Exit code 3: --dry-run found differences.',
    'countersign apply -f clients.yaml --dry-run\ncountersign apply -f config/ --prune --yes\ncountersign export | countersign apply -f -',
  )
    .requiredOption(
      '-f, --file <path>',
      'YAML file, directory of them, or - for standard input; repeatable',
      repeated,
    )
    .option('--dry-run', 'print the plan and change nothing')
    .option('--prune', 'remove clients that an earlier apply made and the files no longer name')
    .option('--yes', 'go through with removals')
    .action(async (options: ApplyOptions) => {
      const { apply } = await import('./apply-actions.ts');
      parts.setExitCode(await apply(parts.terminal, options));
    });
}
