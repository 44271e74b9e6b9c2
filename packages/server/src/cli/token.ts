import type { Command } from 'commander';
import { type CommandParts, type CommonOptions, group, localCommand } from './command.ts';

type Options = CommonOptions & { readonly tenant?: string };

export function registerToken(program: Command, { terminal }: CommandParts): void {
  const token = group(program, 'token', 'Tokens that were issued.', 'countersign token inspect eyJ…');
  const tenantHelp = 'tenant; default the one that a token names, else default';
  const actions = () => import('./token-actions.ts');

  localCommand(
    token,
    'inspect <token>',
    'Show what a token says and whether it is alive. "-" reads it from standard input.',
    'countersign token inspect -',
  )
    .option('--tenant <id>', tenantHelp)
    .action(async (text: string, options: Options) =>
      (await actions()).inspectToken(terminal, text, options),
    );
  localCommand(
    token,
    'revoke <token>',
    'Revoke a token, or an access token by its jti. "-" reads it from standard input.',
    'countersign token revoke Vf2kZ0mJm1nq3c5QeW8vKg',
  )
    .option('--tenant <id>', tenantHelp)
    .action(async (text: string, options: Options) => (await actions()).revokeToken(terminal, text, options));
}
