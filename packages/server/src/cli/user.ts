import type { Command } from 'commander';
import {
  type CommandParts,
  type CommonOptions,
  group,
  localCommand,
  repeated,
  type TenantOption,
  wholeNumber,
  withTenant,
} from './command.ts';
import { UsageError } from './command-error.ts';
import type { ProfileOptions } from './user-actions.ts';

type Options = CommonOptions & TenantOption;

interface AddOptions extends Options, ProfileOptions {
  readonly username: string;
  readonly passwordStdin?: boolean;
  readonly mustChangePassword?: boolean;
}

export function registerUser(program: Command, { terminal }: CommandParts): void {
  const user = group(program, 'user', 'People who sign in.', 'countersign user list');
  const actions = () => import('./user-actions.ts');

  withTenant(
    localCommand(
      user,
      'add',
      'Add a person.',
      'printf %s "$PASSWORD" | countersign user add --username ada --password-stdin',
    ),
  )
    .requiredOption('--username <name>', 'user name, unique in its tenant')
    .option('--email <address>', 'e-mail address')
    .option('--name <name>', 'full name')
    .option('--claims <file>', 'standard claims as JSON: given_name, phone_number, address, …')
    .option(
      '--attribute <name=value>',
      'what the tenant itself knows; name:=JSON for no text; repeatable',
      repeated,
    )
    .option(
      '--password-stdin',
      'read the password from standard input; without it one is generated and must be changed',
    )
    .option('--must-change-password', 'the password has to be changed at the first sign-in')
    .action(async (options: AddOptions) => (await actions()).addUser(terminal, options));

  withTenant(localCommand(user, 'list', 'List people.', 'countersign user list --limit 20'))
    .option('--after <id>', 'start after this user id')
    .option('--limit <number>', 'how many', wholeNumber, 100)
    .action(async (options: Options & { after?: string; limit: number }) =>
      (await actions()).listUsers(terminal, options),
    );

  withTenant(
    localCommand(user, 'show <user>', 'Show a person, by id or user name.', 'countersign user show ada'),
  ).action(async (who: string, options: Options) => (await actions()).showUser(terminal, who, options));

  withTenant(
    localCommand(
      user,
      'set <user>',
      'Change what is known of a person.',
      'countersign user set ada --name "Ada Lovelace"',
    ),
  )
    .option('--email <address>', 'e-mail address; counts as unconfirmed until it is confirmed')
    .option('--name <name>', 'full name')
    .option('--claims <file>', 'standard claims as JSON; null removes one')
    .option(
      '--attribute <name=value>',
      'what the tenant itself knows; name:=JSON for no text, name= removes; repeatable',
      repeated,
    )
    .action(async (who: string, options: Options & ProfileOptions) => {
      const { email, name, claims, attribute } = options;
      if ([email, name, claims, attribute].every((option) => option === undefined))
        throw new UsageError('name at least one of --email, --name, --claims and --attribute');
      await (await actions()).setUser(terminal, who, options);
    });

  withTenant(
    localCommand(
      user,
      'disable <user>',
      'End all sessions and tokens of a person and refuse new ones.',
      'countersign user disable ada',
    ),
  ).action(async (who: string, options: Options) => (await actions()).disableUser(terminal, who, options));
  withTenant(
    localCommand(user, 'enable <user>', 'Let a person sign in again.', 'countersign user enable ada'),
  ).action(async (who: string, options: Options) => (await actions()).enableUser(terminal, who, options));
  withTenant(
    localCommand(
      user,
      'remove <user>',
      'Erase a person; audit records keep no personal value that can be read.',
      'countersign user remove ada',
    ),
  ).action(async (who: string, options: Options) => (await actions()).removeUser(terminal, who, options));

  withTenant(
    localCommand(
      user,
      'set-password <user>',
      'Set a password; all sessions end.',
      'printf %s "$PASSWORD" | countersign user set-password ada --password-stdin',
    ),
  )
    .requiredOption('--password-stdin', 'read the password from standard input')
    .option('--must-change-password', 'it has to be changed at the next sign-in')
    .action(async (who: string, options: Options & { mustChangePassword?: boolean }) =>
      (await actions()).setPassword(terminal, who, options),
    );
  withTenant(
    localCommand(
      user,
      'reset-password <user>',
      'Set a random password, shown once, to be changed at the next sign-in.',
      'countersign user reset-password ada',
    ),
  ).action(async (who: string, options: Options) => (await actions()).resetPassword(terminal, who, options));
}
