import type { Confirmation } from '@countersign/protocol';
import type {
  AuthorizationCodeRecord,
  AuthorizationCodeStore,
  Produced,
  Revocation,
  TakeOutcome,
  Trail,
} from '../ports.ts';
import type { Hashed } from '../secrets.ts';
import { insertAccessToken } from './access-tokens.ts';
import { compileOnce } from './compile-once.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import { endGrant, type GrantMarks, requireProduced } from './grant-products.ts';
import { insertMany } from './insert-many.ts';
import { isApprovalLive } from './liveness.ts';
import { spendPushedRequest } from './pushed-requests.ts';
import { insertFamily } from './refresh-family-rows.ts';
import { rememberSessionClient } from './session-clients.ts';
import type { CodeTable } from './tables.ts';
import { writeTrail } from './trail.ts';
import { fromJson, fromJsonOrNull, requireThat, toJson, toJsonOrNull } from './values.ts';

type CodeHash = Hashed<'authorization-code'>;

const issue = writeVerb(
  'codes.issue',
  async (
    scope,
    code: AuthorizationCodeRecord,
    pushedRequest: Hashed<'request-uri'> | null,
    now: number,
    trail: Trail,
  ): Promise<'issued' | 'spent' | 'inactive'> => {
    const row = toRow(code);
    if (!(await isApprovalLive(scope, row, now))) return 'inactive';
    if (
      pushedRequest !== null &&
      !(await spendPushedRequest(scope, code.tenant, pushedRequest, code.clientId, now))
    ) {
      return 'spent';
    }
    await insertMany(scope, 'code', [row]);
    await rememberSessionClient(scope, code.tenant, code.sessionId, code.clientId, now);
    await writeTrail(scope, trail);
    return 'issued';
  },
);

const chargeAttempt = writeVerb(
  'codes.chargeAttempt',
  async (
    scope,
    tenant: string,
    hash: CodeHash,
    limit: number,
    trail: Trail,
  ): Promise<'charged' | 'spent'> => {
    const charged = await scope.trx
      .updateTable('code')
      .set((eb) => ({
        attempts: eb('attempts', '+', 1),
        spent_at: eb
          .case()
          .when(eb.and([eb('spent_at', '=', 0), eb('attempts', '>=', limit - 1)]))
          .then(scope.now)
          .else(eb.ref('spent_at'))
          .end(),
      }))
      .where('tenant', '=', tenant)
      .where('hash', '=', hash)
      .returning('spent_at')
      .executeTakeFirst();
    await writeTrail(scope, trail);
    return charged?.spent_at === 0 ? 'charged' : 'spent';
  },
);

const take = writeVerb(
  'codes.take',
  async (
    scope,
    tenant: string,
    hash: CodeHash,
    now: number,
    produce: Produced,
    reuse: { readonly revocation: Revocation; readonly trail: Trail },
  ): Promise<TakeOutcome> => {
    const [code] = await compileOnce(scope, 'codes.take.find', { tenant, hash, now }, (trx, value) =>
      trx
        .selectFrom('code')
        .selectAll()
        .where('tenant', '=', value.tenant)
        .where('hash', '=', value.hash)
        .where('expires_at', '>', value.now)
        .forUpdate(),
    );
    if (code === undefined) return 'unknown';
    if (code.spent_at !== 0) {
      await revokeReused(scope, code, now, reuse.revocation);
      await writeTrail(scope, reuse.trail);
      return 'reused';
    }
    if (!(await isApprovalLive(scope, code, now))) return 'inactive';
    // The gate: whatever was read above, one caller alone gets past this statement.
    const taken = await compileOnce(scope, 'codes.take.spend', { tenant, hash, now }, (trx, value) =>
      trx
        .updateTable('code')
        .set({ spent_at: value.now })
        .where('tenant', '=', value.tenant)
        .where('hash', '=', value.hash)
        .where('spent_at', '=', 0)
        .returning('hash'),
    );
    requireThat(taken.length === 1, 'a code was spent under its row lock');
    requireProduced(marksOf(code), produce);
    await insertFamily(scope, produce.family);
    await insertAccessToken(scope, produce.accessToken);
    await writeTrail(scope, produce.trail);
    return 'taken';
  },
);

export const codeVerbs = [issue, chargeAttempt, take];

/** Once per code: every later repeat is in the trail alone, so that repeating costs the store nothing lasting. */
async function revokeReused(
  scope: WriteScope,
  code: CodeTable,
  now: number,
  revocation: Revocation,
): Promise<void> {
  if (code.reused_at !== 0) return;
  await scope.trx
    .updateTable('code')
    .set({ reused_at: now })
    .where('tenant', '=', code.tenant)
    .where('hash', '=', code.hash)
    .execute();
  await endGrant(scope, marksOf(code), now, revocation);
}

function marksOf(code: CodeTable): GrantMarks {
  return { tenant: code.tenant, grantId: code.grant_id, subject: code.subject, client: code.client };
}

export function codeStore(engine: Engine): AuthorizationCodeStore {
  return {
    issue: engine.bind(issue),
    find: (tenant, hash, now) =>
      engine.read(async (db) => {
        const row = await db
          .selectFrom('code')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('hash', '=', hash)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return row && { record: fromRow(row), spent: row.spent_at !== 0 };
      }),
    chargeAttempt: engine.bind(chargeAttempt),
    take: engine.bind(take),
  };
}

/** What nothing compares. */
type Details = Pick<
  AuthorizationCodeRecord,
  | 'redirectUri'
  | 'redirectUriSent'
  | 'codeChallenge'
  | 'nonce'
  | 'scope'
  | 'resources'
  | 'authTime'
  | 'acr'
  | 'amr'
  | 'claims'
  | 'consentHash'
  | 'authTimeRequired'
>;

function toRow(code: AuthorizationCodeRecord): CodeTable {
  const details: Details = {
    redirectUri: code.redirectUri,
    redirectUriSent: code.redirectUriSent,
    codeChallenge: code.codeChallenge,
    nonce: code.nonce,
    scope: code.scope,
    resources: code.resources,
    authTime: code.authTime,
    acr: code.acr,
    amr: code.amr,
    claims: code.claims,
    consentHash: code.consentHash,
    authTimeRequired: code.authTimeRequired,
  };
  return {
    tenant: code.tenant,
    hash: code.hash,
    client: code.clientId,
    subject: code.subject,
    session: code.sessionId,
    grant_id: code.grantId,
    cnf: toJsonOrNull(code.confirmation),
    details: toJson(details),
    attempts: 0,
    created_at: code.createdAt,
    expires_at: code.expiresAt,
    spent_at: 0,
    reused_at: 0,
  };
}

function fromRow(row: CodeTable): AuthorizationCodeRecord {
  return {
    ...fromJson<Details>(row.details),
    tenant: row.tenant,
    hash: row.hash as CodeHash,
    clientId: row.client,
    subject: row.subject,
    sessionId: row.session,
    grantId: row.grant_id,
    confirmation: fromJsonOrNull<Confirmation>(row.cnf),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
