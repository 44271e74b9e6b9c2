import type { InitialAccessTokenRecord } from '../storage/index.ts';
import { type CommonOptions, present, type TenantOption } from './command.ts';
import { withInstance } from './instance.ts';
import { counted, formatTime, table } from './table.ts';
import type { Terminal } from './terminal.ts';

type Options = CommonOptions & TenantOption;

export async function addRegistrationToken(
  terminal: Terminal,
  options: Options & { uses: number; expiresIn: number },
): Promise<void> {
  await withInstance(terminal, options, async ({ tenants, initialTokens, requester }) => {
    const tenant = await tenants.get(options.tenant);
    const bounds = { uses: options.uses, lifetimeSeconds: options.expiresIn };
    const { record, token } = await initialTokens.add(requester(), tenant, bounds);
    const isOff = tenant.settings.dynamicRegistration === 'off';
    present(terminal, options, { ...toJson(record), initial_access_token: token }, () => [
      `Made the initial access token ${record.id} for ${counted(record.usesLeft, 'client')} of the tenant ${tenant.id}, until ${formatTime(record.expiresAt)}.`,
      ...(isOff
        ? [
            `  The tenant takes no registrations yet: countersign tenant set ${tenant.id} --dynamic-registration token`,
          ]
        : []),
      'The token, shown this once:',
      token,
    ]);
  });
}

export async function listRegistrationTokens(terminal: Terminal, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ tenants, initialTokens, requester }) => {
    const tenant = await tenants.get(options.tenant);
    const found = await initialTokens.list(tenant.id, requester().now);
    present(terminal, options, { registration_tokens: found.map(toJson) }, () => [
      found.length === 0
        ? `No initial access tokens in the tenant ${tenant.id}. Make one: countersign client registration-token add`
        : `${counted(found.length, 'initial access token')} in the tenant ${tenant.id}.`,
      ...(found.length === 0
        ? []
        : table(
            ['ID', 'USES LEFT', 'CREATED', 'EXPIRES'],
            found.map((token) => [
              token.id,
              String(token.usesLeft),
              formatTime(token.createdAt),
              formatTime(token.expiresAt),
            ]),
          )),
    ]);
  });
}

export async function revokeRegistrationToken(
  terminal: Terminal,
  id: string,
  options: Options,
): Promise<void> {
  await withInstance(terminal, options, async ({ initialTokens, requester }) => {
    await initialTokens.revoke(requester(), options.tenant, id);
    present(terminal, options, { id, tenant: options.tenant, revoked: true }, () => [
      `Ended the initial access token ${id}. Clients that came with it stay.`,
    ]);
  });
}

/** Never the hash. */
function toJson(token: InitialAccessTokenRecord): Record<string, unknown> {
  return {
    id: token.id,
    tenant: token.tenant,
    uses_left: token.usesLeft,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
  };
}
