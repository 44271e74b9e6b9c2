import type { Revocation, SessionRecord, SessionStore, Trail } from '../ports.ts';
import type { Hashed } from '../secrets.ts';
import { recordChanges } from './change.ts';
import { compileOnce } from './compile-once.ts';
import { type Engine, type Read, writeVerb } from './engine.ts';
import { insertMany } from './insert-many.ts';
import { isSubjectLive } from './liveness.ts';
import { addRevocations } from './revocations.ts';
import { endSession } from './revoke-grants.ts';
import { listSessionClients } from './session-clients.ts';
import type { SessionTable } from './tables.ts';
import { writeTrail } from './trail.ts';
import { fromJson, toJson } from './values.ts';

const create = writeVerb(
  'sessions.create',
  async (scope, session: SessionRecord, trail: Trail): Promise<'created' | 'inactive'> => {
    if (!(await isSubjectLive(scope, session.tenant, session.subject))) return 'inactive';
    await insertMany(scope, 'session', [toRow(session)]);
    await recordChanges(scope, 'session', session.tenant, [session.id]);
    await writeTrail(scope, trail);
    return 'created';
  },
);

type Reauthentication = Parameters<SessionStore['reauthenticate']>[2];

const reauthenticate = writeVerb(
  'sessions.reauthenticate',
  async (scope, tenant: string, id: string, change: Reauthentication, trail: Trail): Promise<boolean> => {
    const now = change.lastSeenAt;
    const changed = await scope.trx
      .updateTable('session')
      .set({
        token_hash: change.tokenHash,
        auth_time: change.authTime,
        acr: change.acr,
        amr: toJson(change.amr),
        last_seen_at: now,
        idle_expires_at: change.idleExpiresAt,
      })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('ended_at', '=', 0)
      .where('idle_expires_at', '>', now)
      .where('expires_at', '>', now)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('subject')
            .select('subject.id')
            .whereRef('subject.tenant', '=', 'session.tenant')
            .whereRef('subject.id', '=', 'session.subject')
            .where('subject.disabled_at', '=', 0),
        ),
      )
      .returning('id')
      .executeTakeFirst();
    if (changed === undefined) return false;
    await recordChanges(scope, 'session', tenant, [id]);
    await writeTrail(scope, trail);
    return true;
  },
);

/** Writes no change: a cached copy only ever ends too early, and is then read again. */
const touch = writeVerb(
  'sessions.touch',
  async (scope, tenant: string, id: string, lastSeenAt: number, idleExpiresAt: number): Promise<void> => {
    await scope.trx
      .updateTable('session')
      .set((eb) => ({
        last_seen_at: eb
          .case()
          .when('last_seen_at', '<', lastSeenAt)
          .then(lastSeenAt)
          .else(eb.ref('last_seen_at'))
          .end(),
        idle_expires_at: eb
          .case()
          .when('idle_expires_at', '<', idleExpiresAt)
          .then(idleExpiresAt)
          .else(eb.ref('idle_expires_at'))
          .end(),
      }))
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('ended_at', '=', 0)
      .where('idle_expires_at', '>', lastSeenAt)
      .where('expires_at', '>', lastSeenAt)
      .execute();
  },
);

const end = writeVerb(
  'sessions.end',
  async (
    scope,
    tenant: string,
    id: string,
    now: number,
    revocation: Revocation,
    trail: Trail,
  ): Promise<boolean> => {
    if (!(await endSession(scope, tenant, id, { revokedAt: now, expiresAt: revocation.expiresAt })))
      return false;
    await addRevocations(scope, tenant, [revocation]);
    await writeTrail(scope, trail);
    return true;
  },
);

const endAll = writeVerb(
  'sessions.endAll',
  async (
    scope,
    tenant: string,
    subject: string,
    exceptId: string | null,
    now: number,
    revocationExpiresAt: number,
    trail: Trail,
  ): Promise<number> => {
    const live = await scope.trx
      .selectFrom('session')
      .select('id')
      .where('tenant', '=', tenant)
      .where('subject', '=', subject)
      .where('ended_at', '=', 0)
      .where('id', '!=', exceptId ?? '')
      .forUpdate()
      .execute();
    const span = { revokedAt: now, expiresAt: revocationExpiresAt };
    let ended = 0;
    for (const { id } of live) {
      if (!(await endSession(scope, tenant, id, span))) continue;
      ended += 1;
      await addRevocations(scope, tenant, [{ tenant, kind: 'session', id, ...span }]);
    }
    await writeTrail(scope, trail);
    return ended;
  },
);

export const sessionVerbs = [create, reauthenticate, touch, end, endAll];

export function sessionStore(engine: Engine): SessionStore {
  return {
    create: engine.bind(create),
    findLive: (tenant, tokenHash, now) =>
      engine.read(async (_, __, prepared) => {
        const [row] = await compileOnce(
          prepared,
          'sessions.findLive',
          { tenant, tokenHash, now },
          (db, value) => live(db, value.tenant, value.now).where('token_hash', '=', value.tokenHash),
        );
        return row && fromRow(row);
      }),
    findLiveById: (tenant, id, now) =>
      engine.read(async (_, __, prepared) => {
        const [row] = await compileOnce(prepared, 'sessions.findLiveById', { tenant, id, now }, (db, value) =>
          live(db, value.tenant, value.now).where('session.id', '=', value.id),
        );
        return row && fromRow(row);
      }),
    reauthenticate: engine.bind(reauthenticate),
    touch: engine.bind(touch),
    listClients: (tenant, id, now, limit) =>
      engine.read((db) => listSessionClients(db, tenant, id, now, limit)),
    listLive: (tenant, subject, now) =>
      engine.read(async (db) => {
        const rows = await live(db, tenant, now)
          .where('session.subject', '=', subject)
          .orderBy('session.id')
          .execute();
        return rows.map(fromRow);
      }),
    end: engine.bind(end),
    endAll: engine.bind(endAll),
  };
}

function live(db: Read, tenant: string, now: number) {
  return db
    .selectFrom('session')
    .innerJoin('subject', (join) =>
      join.onRef('subject.tenant', '=', 'session.tenant').onRef('subject.id', '=', 'session.subject'),
    )
    .selectAll('session')
    .where('session.tenant', '=', tenant)
    .where('session.ended_at', '=', 0)
    .where('session.idle_expires_at', '>', now)
    .where('session.expires_at', '>', now)
    .where('subject.disabled_at', '=', 0);
}

function toRow(session: SessionRecord): SessionTable {
  return {
    tenant: session.tenant,
    id: session.id,
    token_hash: session.tokenHash,
    subject: session.subject,
    auth_time: session.authTime,
    acr: session.acr,
    amr: toJson(session.amr),
    device: session.device,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    idle_expires_at: session.idleExpiresAt,
    expires_at: session.expiresAt,
    ended_at: session.endedAt,
  };
}

function fromRow(row: SessionTable): SessionRecord {
  return {
    id: row.id,
    tenant: row.tenant,
    tokenHash: row.token_hash as Hashed<'session-token'>,
    subject: row.subject,
    authTime: row.auth_time,
    acr: row.acr,
    amr: fromJson<readonly string[]>(row.amr),
    device: row.device,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    idleExpiresAt: row.idle_expires_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
  };
}
