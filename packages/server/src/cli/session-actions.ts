import { auditChange } from '../tenants/index.ts';
import { type CommonOptions, present, type TenantOption } from './command.ts';
import { CommandError } from './command-error.ts';
import { revocationSeconds, withInstance } from './instance.ts';
import { counted, formatTime, table } from './table.ts';
import { printable, type Terminal } from './terminal.ts';

type Options = CommonOptions & TenantOption;

export async function listSessions(terminal: Terminal, who: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ users, store, requester }) => {
    const user = await users.get(options.tenant, who);
    const sessions = await store.sessions.listLive(user.tenant, user.id, requester().now);
    const json = sessions.map((session) => ({
      id: session.id,
      device: session.device,
      auth_time: session.authTime,
      acr: session.acr,
      amr: session.amr,
      created_at: session.createdAt,
      last_seen_at: session.lastSeenAt,
      idle_expires_at: session.idleExpiresAt,
      expires_at: session.expiresAt,
    }));
    const rows = sessions.map((session) => [
      session.id,
      printable(session.device),
      session.amr.join(' '),
      formatTime(session.lastSeenAt),
      formatTime(Math.min(session.idleExpiresAt, session.expiresAt)),
    ]);
    present(terminal, options, { subject: user.id, sessions: json }, () => [
      sessions.length === 0
        ? `${user.username} has no live session.`
        : `${counted(sessions.length, 'live session')} of ${user.username}.`,
      ...(sessions.length === 0 ? [] : table(['ID', 'DEVICE', 'METHODS', 'LAST SEEN', 'ENDS'], rows)),
    ]);
  });
}

export async function endSession(terminal: Terminal, id: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ store, requester }) => {
    const asked = requester();
    const { tenant } = options;
    const revocation = {
      tenant,
      kind: 'session' as const,
      id,
      revokedAt: asked.now,
      expiresAt: asked.now + revocationSeconds,
    };
    const entry = auditChange(asked, {
      tenant,
      action: 'session.ended',
      target: { kind: 'session', id },
      details: { cause: 'operator' },
    });
    if (!(await store.sessions.end(tenant, id, asked.now, revocation, { audit: [entry] }))) {
      throw new CommandError(
        'unknown_session',
        `There is no live session ${JSON.stringify(id)} in the tenant ${tenant}.`,
        'See the sessions of a person: countersign session list USER',
      );
    }
    present(terminal, options, { id, ended: 1 }, () => [`Ended the session ${id} with its tokens.`]);
  });
}

export async function endAllSessions(terminal: Terminal, who: string, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ users, store, requester }) => {
    const asked = requester();
    const user = await users.get(options.tenant, who);
    const entry = auditChange(asked, {
      tenant: user.tenant,
      action: 'sessions.ended',
      target: { kind: 'subject', id: user.id },
      details: { cause: 'operator' },
    });
    const ended = await store.sessions.endAll(
      user.tenant,
      user.id,
      null,
      asked.now,
      asked.now + revocationSeconds,
      { audit: [entry] },
    );
    present(terminal, options, { subject: user.id, ended }, () => [
      `Ended ${counted(ended, 'session')} of ${user.username} with their tokens.`,
    ]);
  });
}
