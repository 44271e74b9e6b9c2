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
import { UsageError } from './command-error.ts';
import type { Terminal } from './terminal.ts';
import type { UndeliveredAction } from './undelivered-actions.ts';

type Options = CommonOptions & TenantOption;
type ListOptions = Options & { readonly after?: string; readonly limit: number };
type ChosenOptions = Options & { readonly all?: boolean };

/** `session undelivered`: logouts that a client has not been told of. */
export function registerUndelivered(session: Command, { terminal }: CommandParts): void {
  const undelivered = group(
    session,
    'undelivered',
    'Logouts that clients have not been told of.',
    'countersign session undelivered list',
  );
  const actions = () => import('./undelivered-actions.ts');

  withTenant(
    localCommand(
      undelivered,
      'list',
      'List what is waiting, and what was given up (kept for 14 days).',
      'countersign session undelivered list --tenant acme',
    ),
  )
    .option('--after <session/client>', 'start after this one')
    .option('--limit <number>', 'how many', wholeNumber, 100)
    .action(async (options: ListOptions) => (await actions()).listUndelivered(terminal, options));

  choosing(terminal, undelivered, 'retry', 'Try again at once, with all attempts before it.');
  choosing(terminal, undelivered, 'drop', 'Forget it: the client is not told.');
}

function choosing(
  terminal: Terminal,
  undelivered: Command,
  action: UndeliveredAction,
  description: string,
): void {
  withTenant(
    localCommand(
      undelivered,
      `${action} [session-id] [client-id]`,
      description,
      `countersign session undelivered ${action} 3k9…Qw web\ncountersign session undelivered ${action} --all`,
    ),
  )
    .option('--all', 'all that were given up')
    .action(async (sessionId: string | undefined, clientId: string | undefined, options: ChosenOptions) => {
      const { settleUndelivered } = await import('./undelivered-actions.ts');
      if (options.all === true && sessionId === undefined) {
        return settleUndelivered(terminal, action, 'dead', options);
      }
      if (options.all === true || sessionId === undefined || clientId === undefined)
        throw new UsageError('name a session id and a client id, or --all');
      return settleUndelivered(terminal, action, { sessionId, clientId }, options);
    });
}
