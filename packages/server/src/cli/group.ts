import type { Command } from 'commander';
import {
  type CommandParts,
  type CommonOptions,
  group as commandGroup,
  localCommand,
  type TenantOption,
  wholeNumber,
  withTenant,
} from './command.ts';

type Options = CommonOptions & TenantOption;

export function registerGroup(program: Command, { terminal }: CommandParts): void {
  const group = commandGroup(
    program,
    'group',
    'Groups of people, which clients may be told of.',
    'countersign group list',
  );
  const actions = () => import('./group-actions.ts');

  withTenant(localCommand(group, 'add <name>', 'Make a group.', 'countersign group add engineering')).action(
    async (name: string, options: Options) => (await actions()).addGroup(terminal, name, options),
  );

  withTenant(localCommand(group, 'list', 'List groups.', 'countersign group list --tenant acme'))
    .option('--after <id>', 'start after this group id')
    .option('--limit <number>', 'how many', wholeNumber, 100)
    .action(async (options: Options & { after?: string; limit: number }) =>
      (await actions()).listGroups(terminal, options),
    );

  withTenant(
    localCommand(
      group,
      'show <group>',
      'Show a group and its members, by name or id.',
      'countersign group show engineering',
    ),
  )
    .option('--after <id>', 'start after this user id')
    .option('--limit <number>', 'how many members', wholeNumber, 100)
    .action(async (which: string, options: Options & { after?: string; limit: number }) =>
      (await actions()).showGroup(terminal, which, options),
    );

  withTenant(
    localCommand(
      group,
      'remove <group>',
      'Remove a group; its members stay, and are in it no longer.',
      'countersign group remove engineering',
    ),
  ).action(async (which: string, options: Options) =>
    (await actions()).removeGroup(terminal, which, options),
  );

  withTenant(
    localCommand(
      group,
      'add-member <group> <user>',
      'Put a person into a group.',
      'countersign group add-member engineering ada',
    ),
  ).action(async (which: string, who: string, options: Options) =>
    (await actions()).addMember(terminal, which, who, options),
  );
  withTenant(
    localCommand(
      group,
      'remove-member <group> <user>',
      'Take a person out of a group.',
      'countersign group remove-member engineering ada',
    ),
  ).action(async (which: string, who: string, options: Options) =>
    (await actions()).removeMember(terminal, which, who, options),
  );
}
