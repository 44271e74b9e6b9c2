import type { Command } from 'commander';
import {
  type CommandParts,
  type CommonOptions,
  group,
  localCommand,
  type TenantOption,
  withTenant,
} from './command.ts';
import { UsageError } from './command-error.ts';
import { registerUndelivered } from './undelivered.ts';

type Options = CommonOptions & TenantOption;

export function registerSession(program: Command, parts: CommandParts): void {
  const { terminal } = parts;
  const session = group(program, 'session', 'Sign-ins that are alive.', 'countersign session list ada');
  const actions = () => import('./session-actions.ts');

  withTenant(
    localCommand(session, 'list <user>', 'List the sessions of a person.', 'countersign session list ada'),
  ).action(async (who: string, options: Options) => (await actions()).listSessions(terminal, who, options));

  withTenant(
    localCommand(
      session,
      'end [session-id]',
      'End a session, or all of a person.',
      'countersign session end --user ada',
    ),
  )
    .option('--user <user>', 'end all sessions of this person')
    .action(async (id: string | undefined, options: Options & { user?: string }) => {
      if ((id === undefined) === (options.user === undefined))
        throw new UsageError('name either a session id or --user');
      if (id !== undefined) await (await actions()).endSession(terminal, id, options);
      else await (await actions()).endAllSessions(terminal, options.user ?? '', options);
    });

  registerUndelivered(session, parts);
}
