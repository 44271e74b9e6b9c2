import type { Confirmation } from '@countersign/protocol';
import type {
  DeviceApproval,
  DeviceCodeRecord,
  DeviceCodeStore,
  PollOutcome,
  Produced,
  Revocation,
  TakeOutcome,
  Trail,
} from '../ports.ts';
import type { Hashed, Sealed } from '../secrets.ts';
import { insertAccessToken } from './access-tokens.ts';
import { rememberConsent } from './consents.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import { endGrant, type GrantMarks, requireProduced } from './grant-products.ts';
import { areSubjectAndClientLive, isApprovalLive } from './liveness.ts';
import { insertFamily } from './refresh-family-rows.ts';
import type { DeviceCodeTable } from './tables.ts';
import { writeTrail } from './trail.ts';
import { fromJson, fromJsonOrNull, requireThat, toJson, toJsonOrNull } from './values.ts';

type DeviceHash = Hashed<'device-code'>;

const create = writeVerb(
  'deviceCodes.create',
  async (scope, code: DeviceCodeRecord): Promise<'created' | 'duplicate'> => {
    const inserted = await scope.trx
      .insertInto('device_code')
      .values(toRow(code))
      .onConflict((conflict) => conflict.columns(['tenant', 'user_code']).doNothing())
      .returning('hash')
      .executeTakeFirst();
    return inserted === undefined ? 'duplicate' : 'created';
  },
);

const approve = writeVerb(
  'deviceCodes.approve',
  async (
    scope,
    tenant: string,
    hash: DeviceHash,
    approval: DeviceApproval & { readonly sessionId: string },
    trail: Trail,
  ): Promise<'approved' | 'ended' | 'inactive'> => {
    const { subject, grantId, sessionId, approvedAt: now } = approval;
    const row = await scope.trx
      .selectFrom('device_code')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('hash', '=', hash)
      .where('state', '=', 'pending')
      .where('expires_at', '>', now)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return 'ended';
    const live = { tenant, subject, client: row.client, session: sessionId };
    if (!(await isApprovalLive(scope, live, now))) return 'inactive';
    const worth: Worth = {
      authTime: approval.authTime,
      acr: approval.acr,
      amr: approval.amr,
      approvedAt: now,
    };
    // The gate: whatever was read above, one answer alone gets past this statement.
    const approved = await scope.trx
      .updateTable('device_code')
      .set({ state: 'approved', subject, grant_id: grantId, approval: toJson(worth), origin: null })
      .where('tenant', '=', tenant)
      .where('hash', '=', hash)
      .where('state', '=', 'pending')
      .returning('hash')
      .execute();
    requireThat(approved.length === 1, 'a device code was answered under its row lock');
    const { scope: granted, resources } = fromJson<Details>(row.details);
    await rememberConsent(scope, {
      tenant,
      subject,
      clientId: row.client,
      scope: granted,
      resources,
      grantedAt: now,
      updatedAt: now,
    });
    await writeTrail(scope, trail);
    return 'approved';
  },
);

const deny = writeVerb(
  'deviceCodes.deny',
  async (scope, tenant: string, hash: DeviceHash, now: number, trail: Trail): Promise<boolean> => {
    const denied = await scope.trx
      .updateTable('device_code')
      .set({ state: 'denied', origin: null })
      .where('tenant', '=', tenant)
      .where('hash', '=', hash)
      .where('state', '=', 'pending')
      .where('expires_at', '>', now)
      .returning('hash')
      .executeTakeFirst();
    if (denied === undefined) return false;
    await writeTrail(scope, trail);
    return true;
  },
);

const poll = writeVerb(
  'deviceCodes.poll',
  async (
    scope,
    tenant: string,
    hash: DeviceHash,
    clientId: string,
    now: number,
    slowDownSeconds: number,
  ): Promise<PollOutcome> => {
    const pending = await scope.trx
      .updateTable('device_code')
      .set((eb) => {
        const isEarly = eb(eb('last_polled_at', '+', eb.ref('interval_seconds')), '>', now);
        return {
          early: eb.case().when(isEarly).then(1).else(0).end(),
          interval_seconds: eb
            .case()
            .when(isEarly)
            .then(eb('interval_seconds', '+', slowDownSeconds))
            .else(eb.ref('interval_seconds'))
            .end(),
          last_polled_at: now,
        };
      })
      .where('tenant', '=', tenant)
      .where('hash', '=', hash)
      .where('client', '=', clientId)
      .where('state', '=', 'pending')
      .where('expires_at', '>', now)
      .returning('early')
      .executeTakeFirst();
    if (pending !== undefined) return { outcome: pending.early === 1 ? 'slow_down' : 'pending' };
    const row = await scope.trx
      .selectFrom('device_code')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('hash', '=', hash)
      .where('client', '=', clientId)
      .executeTakeFirst();
    if (row === undefined) return { outcome: 'unknown' };
    if (row.expires_at <= now) return { outcome: 'expired' };
    // An approval that was withdrawn stands in its row, and counts for nothing.
    const approval = row.state === 'denied' ? null : toApproval(row);
    return approval === null
      ? { outcome: 'denied' }
      : { outcome: 'approved', record: fromRow(row), approval };
  },
);

const take = writeVerb(
  'deviceCodes.take',
  async (
    scope,
    tenant: string,
    hash: DeviceHash,
    now: number,
    produce: Produced,
    reuse: { readonly revocation: Revocation; readonly trail: Trail },
  ): Promise<TakeOutcome> => {
    const row = await scope.trx
      .selectFrom('device_code')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('hash', '=', hash)
      .where('state', 'in', ['approved', 'spent'])
      .where('expires_at', '>', now)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined || row.subject === null || row.grant_id === null) return 'unknown';
    const marks: GrantMarks = { tenant, grantId: row.grant_id, subject: row.subject, client: row.client };
    if (row.state === 'spent') {
      await revokeReused(scope, row, marks, now, reuse.revocation);
      await writeTrail(scope, reuse.trail);
      return 'reused';
    }
    if (!(await areSubjectAndClientLive(scope, tenant, marks.subject, marks.client))) return 'inactive';
    // The gate: whatever was read above, one caller alone gets past this statement.
    const taken = await scope.trx
      .updateTable('device_code')
      .set({ state: 'spent' })
      .where('tenant', '=', tenant)
      .where('hash', '=', hash)
      .where('state', '=', 'approved')
      .returning('hash')
      .execute();
    requireThat(taken.length === 1, 'a device code was spent under its row lock');
    requireProduced(marks, produce);
    await insertFamily(scope, produce.family);
    await insertAccessToken(scope, produce.accessToken);
    await writeTrail(scope, produce.trail);
    return 'taken';
  },
);

export const deviceCodeVerbs = [create, approve, deny, poll, take];

/** Once per code: every later repeat is in the trail alone, so that repeating costs the store nothing lasting. */
async function revokeReused(
  scope: WriteScope,
  { hash, revoked_at }: DeviceCodeTable,
  marks: GrantMarks,
  now: number,
  revocation: Revocation,
): Promise<void> {
  if (revoked_at !== 0) return;
  await scope.trx
    .updateTable('device_code')
    .set({ revoked_at: now })
    .where('tenant', '=', marks.tenant)
    .where('hash', '=', hash)
    .execute();
  await endGrant(scope, marks, now, revocation);
}

export function deviceCodeStore(engine: Engine): DeviceCodeStore {
  return {
    create: engine.bind(create),
    findByUserCode: (tenant, userCode, now) =>
      engine.read(async (db) => {
        const row = await db
          .selectFrom('device_code')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('user_code', '=', userCode)
          .where('state', '=', 'pending')
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return row && fromRow(row);
      }),
    approve: engine.bind(approve),
    deny: engine.bind(deny),
    poll: engine.bind(poll),
    take: engine.bind(take),
  };
}

/** What nothing compares. */
type Details = Pick<DeviceCodeRecord, 'scope' | 'resources' | 'device' | 'traceId'>;
type Worth = Pick<DeviceApproval, 'authTime' | 'acr' | 'amr' | 'approvedAt'>;

function toRow(code: DeviceCodeRecord): DeviceCodeTable {
  const details: Details = {
    scope: code.scope,
    resources: code.resources,
    device: code.device,
    traceId: code.traceId,
  };
  return {
    tenant: code.tenant,
    hash: code.hash,
    user_code: code.userCode,
    client: code.clientId,
    state: 'pending',
    cnf: toJsonOrNull(code.confirmation),
    details: toJson(details),
    origin: code.origin,
    interval_seconds: code.intervalSeconds,
    last_polled_at: 0,
    early: 0,
    subject: null,
    grant_id: null,
    approval: null,
    created_at: code.createdAt,
    expires_at: code.expiresAt,
    revoked_at: 0,
  };
}

function fromRow(row: DeviceCodeTable): DeviceCodeRecord {
  return {
    ...fromJson<Details>(row.details),
    tenant: row.tenant,
    hash: row.hash as DeviceHash,
    userCode: row.user_code as Hashed<'user-code'>,
    clientId: row.client,
    confirmation: fromJsonOrNull<Confirmation>(row.cnf),
    origin: row.origin as Sealed<'device-origin'> | null,
    intervalSeconds: row.interval_seconds,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

function toApproval(row: DeviceCodeTable): DeviceApproval | null {
  const worth = fromJsonOrNull<Worth>(row.approval);
  if (row.subject === null || row.grant_id === null || worth === null) return null;
  return { ...worth, subject: row.subject, grantId: row.grant_id };
}
