import type { Command } from 'commander';
import {
  type CommandParts,
  type CommonOptions,
  group,
  localCommand,
  type TenantOption,
  wholeNumber,
  withTenant,
} from './command.ts';

export function registerAudit(program: Command, { terminal }: CommandParts): void {
  const audit = group(program, 'audit', 'The record of what was done.', 'countersign audit verify');
  const actions = () => import('./audit-actions.ts');

  localCommand(
    audit,
    'verify',
    'Check every chain of the audit record, and name gaps.',
    'countersign audit verify',
  )
    .option('--tenant <id>', 'one tenant; without it all')
    .action(async (options: CommonOptions & { tenant?: string }) =>
      (await actions()).verifyAudit(terminal, options),
    );

  withTenant(localCommand(audit, 'list', 'List the newest records.', 'countersign audit list --limit 20'))
    .option('--limit <number>', 'how many', wholeNumber, 50)
    .action(async (options: CommonOptions & TenantOption & { limit: number }) =>
      (await actions()).listAudit(terminal, options),
    );
}
