import type { Command } from 'commander';
import {
  type CommandParts,
  type CommonOptions,
  group,
  localCommand,
  type TenantOption,
  withTenant,
} from './command.ts';

type Options = CommonOptions & TenantOption;

export function registerConsent(program: Command, { terminal }: CommandParts): void {
  const consent = group(
    program,
    'consent',
    'What people have allowed clients.',
    'countersign consent list ada',
  );
  const actions = () => import('./consent-actions.ts');

  withTenant(
    localCommand(consent, 'list <user>', 'List what a person has allowed.', 'countersign consent list ada'),
  ).action(async (who: string, options: Options) => (await actions()).listConsents(terminal, who, options));
  withTenant(
    localCommand(
      consent,
      'revoke <user> <client>',
      'Forget a consent and end what it gave.',
      'countersign consent revoke ada web',
    ),
  ).action(async (who: string, client: string, options: Options) =>
    (await actions()).revokeConsent(terminal, who, client, options),
  );
}
