import { type Command, Option } from 'commander';
import { type CommandParts, type CommonOptions, group, localCommand, wholeNumber } from './command.ts';
import { dynamicClientOptions } from './dynamic-clients.ts';
import type { TenantOptions } from './tenant-actions.ts';

export function registerTenant(program: Command, { terminal }: CommandParts): void {
  const tenant = group(
    program,
    'tenant',
    'Tenants: an issuer, keys, users and clients of their own.',
    'countersign tenant add acme --profile strict',
  );
  const actions = () => import('./tenant-actions.ts');

  tenantOptions(
    localCommand(tenant, 'add <id>', 'Add a tenant.', 'countersign tenant add acme --name "Acme Ltd"'),
  ).action(async (id: string, options: CommonOptions & TenantOptions) =>
    (await actions()).addTenant(terminal, id, options),
  );

  localCommand(tenant, 'list', 'List tenants.', 'countersign tenant list')
    .option('--after <id>', 'start after this tenant')
    .option('--limit <number>', 'how many', wholeNumber, 100)
    .action(async (options: CommonOptions & { after?: string; limit: number }) =>
      (await actions()).listTenants(terminal, options),
    );

  localCommand(tenant, 'show <id>', 'Show a tenant.', 'countersign tenant show acme').action(
    async (id: string, options: CommonOptions) => (await actions()).showTenant(terminal, id, options),
  );

  tenantOptions(
    localCommand(
      tenant,
      'set <id>',
      'Change a tenant; what is not named stays.',
      'countersign tenant set acme --refresh-grace 10',
    ),
  ).action(async (id: string, options: CommonOptions & TenantOptions) =>
    (await actions()).setTenant(terminal, id, options),
  );
}

function tenantOptions(command: Command): Command {
  const named = command
    .option('--name <name>', 'name shown to people')
    .addOption(
      new Option('--profile <profile>', 'rules that its clients must keep').choices([
        'standard',
        'strict',
        'oidc-core',
        'fapi2-security',
      ]),
    )
    .option('--host <name>', 'a host name of its own; "none" removes it')
    .addOption(
      new Option('--signing-alg <alg>', 'algorithm of its tokens').choices([
        'ES256',
        'EdDSA',
        'RS256',
        'PS256',
        'ML-DSA-44',
        'ML-DSA-65',
      ]),
    )
    .addOption(
      new Option('--nonce-without-pkce <rule>', 'what a code request without PKCE must carry').choices([
        'required',
        'optional',
      ]),
    )
    .option(
      '--refresh-grace <seconds>',
      'how long a repeated refresh token gets the same answer, 0 to 60',
      wholeNumber,
    )
    .addOption(
      new Option('--refresh-reuse <scope>', 'what a reused refresh token ends').choices([
        'family',
        'session',
      ]),
    )
    .addOption(
      new Option(
        '--audit-durability <kind>',
        'strict: the audit record is stored before the token leaves',
      ).choices(['batched', 'strict']),
    );
  return dynamicClientOptions(named);
}
