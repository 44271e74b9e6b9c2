import type { RefreshFamilyStore, Revocation, RotateOutcome, Trail } from '../ports.ts';
import { insertAccessToken } from './access-tokens.ts';
import { compileOnce } from './compile-once.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import { areSubjectAndClientLive } from './liveness.ts';
import { fromRow } from './refresh-family-rows.ts';
import { addRevocations } from './revocations.ts';
import { endFamilies, endSession } from './revoke-grants.ts';
import type { RefreshFamilyTable } from './tables.ts';
import { writeTrail } from './trail.ts';
import { requireTenant, requireThat } from './values.ts';

type RotateInput = Parameters<RefreshFamilyStore['rotate']>[0];

/** Decision 6 of the architecture: no longer, whatever the setting says. */
const graceLimitSeconds = 60;

const rotate = writeVerb(
  'refreshFamilies.rotate',
  async (scope, input: RotateInput): Promise<RotateOutcome> => {
    const { tenant, id, presented, now } = input;
    const [family] = await compileOnce(scope, 'refreshFamilies.rotate.find', { tenant, id }, (trx, value) =>
      trx
        .selectFrom('refresh_family')
        .selectAll()
        .where('tenant', '=', value.tenant)
        .where('id', '=', value.id)
        .forUpdate(),
    );
    // A generation that was never given out: a token from a time that a restored backup does not know.
    if (family === undefined || presented > family.generation) return { outcome: 'unknown' };
    if (family.revoked_at !== 0 || family.expires_at <= now || family.idle_expires_at <= now) {
      return { outcome: 'inactive' };
    }
    const kind = classify(family, input);
    if (kind === 'reused') {
      await revokeReused(scope, family, input);
      return { outcome: 'reused' };
    }
    if (!(await areSubjectAndClientLive(scope, tenant, family.subject, family.client))) {
      return { outcome: 'inactive' };
    }
    const generation = kind === 'rotated' ? presented + 1 : family.generation;
    if (kind !== 'repeated') await advance(scope, family, generation, input);
    requireProduced(family, input);
    await insertAccessToken(scope, input.accessToken);
    await writeTrail(scope, input.trail);
    return { outcome: kind, generation };
  },
);

function classify(
  family: RefreshFamilyTable,
  input: RotateInput,
): RotateOutcome['outcome'] & ('rotated' | 'kept' | 'repeated' | 'reused') {
  if (input.presented === family.generation) return input.rotate ? 'rotated' : 'kept';
  const grace = Math.min(input.graceSeconds, graceLimitSeconds);
  const isPredecessor = input.presented === family.generation - 1;
  return isPredecessor && grace > 0 && input.now - family.rotated_at <= grace ? 'repeated' : 'reused';
}

/** The gate: of many callers with one generation, one alone moves it. */
async function advance(
  scope: WriteScope,
  family: RefreshFamilyTable,
  generation: number,
  input: RotateInput,
): Promise<void> {
  const values = {
    tenant: family.tenant,
    id: family.id,
    from: family.generation,
    to: generation,
    rotatedAt: generation === family.generation ? family.rotated_at : input.now,
    idleExpiresAt: Math.max(family.idle_expires_at, input.idleExpiresAt),
  };
  const moved = await compileOnce(scope, 'refreshFamilies.rotate.advance', values, (trx, value) =>
    trx
      .updateTable('refresh_family')
      .set({ generation: value.to, rotated_at: value.rotatedAt, idle_expires_at: value.idleExpiresAt })
      .where('tenant', '=', value.tenant)
      .where('id', '=', value.id)
      .where('generation', '=', value.from)
      .where('revoked_at', '=', 0)
      .returning('id'),
  );
  requireThat(moved.length === 1, 'a refresh family moved under its row lock');
}

async function revokeReused(
  scope: WriteScope,
  family: RefreshFamilyTable,
  input: RotateInput,
): Promise<void> {
  const { revocation, onReuse, trail } = input.reuse;
  requireThat(
    revocation.kind === 'grant' && revocation.id === family.id,
    'reuse revokes the grant of its family',
  );
  await endFamilies(scope, family.tenant, { id: family.id }, input.now);
  await addRevocations(scope, family.tenant, [revocation]);
  if (onReuse === 'session' && family.session !== null) {
    const span = { revokedAt: input.now, expiresAt: revocation.expiresAt };
    if (await endSession(scope, family.tenant, family.session, span)) {
      await addRevocations(scope, family.tenant, [
        { tenant: family.tenant, kind: 'session', id: family.session, ...span },
      ]);
    }
  }
  await writeTrail(scope, trail);
}

function requireProduced(family: RefreshFamilyTable, { accessToken }: RotateInput): void {
  requireTenant(family.tenant, accessToken);
  if (accessToken === null) return;
  requireThat(
    accessToken.grantId === family.id && accessToken.clientId === family.client,
    'an access token is not of the grant of its family',
  );
}

const revoke = writeVerb(
  'refreshFamilies.revoke',
  async (scope, tenant: string, id: string, revocation: Revocation, trail: Trail): Promise<boolean> => {
    const ended = await endFamilies(scope, tenant, { id }, revocation.revokedAt);
    if (ended.length === 0) return false;
    await addRevocations(scope, tenant, [revocation]);
    await writeTrail(scope, trail);
    return true;
  },
);

export const refreshFamilyVerbs = [rotate, revoke];

export function refreshFamilyStore(engine: Engine): RefreshFamilyStore {
  return {
    find: (tenant, id) =>
      engine.read(async (db) => {
        const row = await db
          .selectFrom('refresh_family')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('id', '=', id)
          .executeTakeFirst();
        return row && fromRow(row);
      }),
    rotate: engine.bind(rotate),
    listLiveBySubject: (tenant, subject, now) =>
      engine.read(async (db) => {
        const rows = await db
          .selectFrom('refresh_family')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('subject', '=', subject)
          .where('revoked_at', '=', 0)
          .where('idle_expires_at', '>', now)
          .where('expires_at', '>', now)
          .orderBy('id')
          .execute();
        return rows.map(fromRow);
      }),
    revoke: engine.bind(revoke),
  };
}
