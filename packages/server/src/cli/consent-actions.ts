import { auditChange } from '../tenants/index.ts';
import { type CommonOptions, present, type TenantOption } from './command.ts';
import { CommandError } from './command-error.ts';
import { revocationSeconds, withInstance } from './instance.ts';
import { counted, formatTime, table } from './table.ts';
import type { Terminal } from './terminal.ts';

type Options = CommonOptions & TenantOption;

export async function listConsents(terminal: Terminal, who: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ users, store }) => {
    const user = await users.get(options.tenant, who);
    const consents = await store.consents.listBySubject(user.tenant, user.id);
    const json = consents.map(({ clientId, scope, resources, grantedAt, updatedAt }) => ({
      client_id: clientId,
      scope: scope.join(' '),
      resources,
      granted_at: grantedAt,
      updated_at: updatedAt,
    }));
    const rows = consents.map((consent) => [
      consent.clientId,
      consent.scope.join(' '),
      consent.resources.join(' ') || '-',
      formatTime(consent.grantedAt),
    ]);
    present(terminal, options, { subject: user.id, consents: json }, () => [
      consents.length === 0
        ? `${user.username} has allowed nothing that is remembered.`
        : `${counted(consents.length, 'consent')} of ${user.username}.`,
      ...(consents.length === 0 ? [] : table(['CLIENT', 'SCOPE', 'RESOURCES', 'GRANTED'], rows)),
    ]);
  });
}

export async function revokeConsent(
  terminal: Terminal,
  who: string,
  client: string,
  options: Options,
): Promise<void> {
  await withInstance(terminal, options, async ({ users, store, requester }) => {
    const asked = requester();
    const user = await users.get(options.tenant, who);
    const entry = auditChange(asked, {
      tenant: user.tenant,
      action: 'consent.revoked',
      target: { kind: 'subject', id: user.id },
      details: { client },
    });
    const done = await store.consents.revoke(
      user.tenant,
      user.id,
      client,
      asked.now,
      asked.now + revocationSeconds,
      { audit: [entry] },
    );
    if (!done) {
      throw new CommandError(
        'unknown_consent',
        `${user.username} has not allowed the client ${JSON.stringify(client)} anything.`,
        `See: countersign consent list ${user.username}`,
      );
    }
    present(terminal, options, { subject: user.id, client_id: client, revoked: true }, () => [
      `Revoked what ${user.username} allowed the client ${client}; its tokens have ended.`,
    ]);
  });
}
