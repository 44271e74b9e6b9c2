/** What a piece of text is among the tokens of an installation, and whether it is alive. Not the verifier of requests: an operator sees why not. */
import { JoseError, parseJws, parsePayload, verifyJwsSync } from '@countersign/protocol/jose';
import type { RefreshFamilyRecord, Revocation } from '../storage/index.ts';
import { familySealingContext, hashSecret, type TokenOrigin } from '../tokens/index.ts';
import { parseRefreshToken, verifyRefreshToken } from '../tokens/refresh-token.ts';
import type { Instance } from './instance.ts';

export type TokenFinding =
  | {
      readonly kind: 'access-token' | 'id-token';
      readonly format: 'jwt' | 'opaque';
      readonly tenant: string;
      readonly header: Readonly<Record<string, unknown>> | null;
      readonly claims: Readonly<Record<string, unknown>>;
      readonly dead: string | null;
    }
  | {
      readonly kind: 'refresh-token';
      readonly tenant: string;
      readonly family: RefreshFamilyRecord;
      readonly generation: number;
      readonly dead: string | null;
    }
  | { readonly kind: 'unknown'; readonly tenant: string };

const pageSize = 1000;

export async function findToken(
  instance: Instance,
  text: string,
  tenantOption: string | undefined,
): Promise<TokenFinding> {
  const tenant = tenantOption ?? 'default';
  if (text.startsWith('cs_rt_')) return findRefreshToken(instance, text, tenant);
  if (text.startsWith('cs_at_')) return findOpaqueToken(instance, text, tenant);
  return findJwt(instance, text, tenantOption);
}

async function findJwt(
  instance: Instance,
  text: string,
  tenantOption: string | undefined,
): Promise<TokenFinding> {
  const parsed = parseJwt(text);
  if (parsed === undefined) return { kind: 'unknown', tenant: tenantOption ?? 'default' };
  const { jws, claims } = parsed;
  const tenant = tenantOption ?? (await tenantOfIssuer(instance, claims.iss));
  const keys = await (await instance.keyManager()).published(tenant);
  const key = keys.verification.get(jws.header.kid ?? '');
  const kind = jws.header.typ?.toLowerCase() === 'at+jwt' ? 'access-token' : 'id-token';
  const dead =
    key === undefined
      ? `no published key of the tenant ${tenant} has its kid`
      : verifyJwsSync(jws, key)
        ? await reasonOfDeath(instance, tenant, claims)
        : 'its signature is wrong';
  return { kind, format: 'jwt', tenant, header: { ...jws.header }, claims, dead };
}

function parseJwt(text: string) {
  try {
    const jws = parseJws(text);
    return { jws, claims: parsePayload(jws) };
  } catch (error) {
    if (error instanceof JoseError) return undefined;
    throw error;
  }
}

async function findOpaqueToken(instance: Instance, text: string, tenant: string): Promise<TokenFinding> {
  const record = await instance.store.accessTokens.find(
    tenant,
    hashSecret('access-token', text),
    instance.requester().now,
  );
  if (record === undefined) return { kind: 'unknown', tenant };
  return {
    kind: 'access-token',
    format: 'opaque',
    tenant,
    header: null,
    claims: record.claims,
    dead: await reasonOfDeath(instance, tenant, record.claims),
  };
}

async function findRefreshToken(instance: Instance, text: string, tenant: string): Promise<TokenFinding> {
  const parts = parseRefreshToken(text);
  const family =
    parts === undefined ? undefined : await instance.store.refreshFamilies.find(tenant, parts.familyId);
  if (parts === undefined || family === undefined) return { kind: 'unknown', tenant };
  const secret = instance.vault.unseal(
    'refresh-family-secret',
    familySealingContext(tenant, family.id),
    family.secret,
  );
  if (!verifyRefreshToken(tenant, parts, secret)) return { kind: 'unknown', tenant };
  return {
    kind: 'refresh-token',
    tenant,
    family,
    generation: parts.generation,
    dead: deathOfFamily(family, parts.generation, instance.requester().now),
  };
}

function deathOfFamily(family: RefreshFamilyRecord, generation: number, now: number): string | null {
  if (family.revokedAt !== 0) return 'it was revoked';
  if (family.expiresAt <= now) return 'it has expired';
  if (family.idleExpiresAt <= now) return 'it was not used for too long';
  return generation === family.generation ? null : 'it was used before and replaced';
}

/** `{publicUrl}/t/{tenant}`, a tenant's own host, or the default tenant. */
async function tenantOfIssuer(instance: Instance, issuer: unknown): Promise<string> {
  const url = typeof issuer === 'string' ? URL.parse(issuer) : null;
  const named = /^\/t\/([^/]+)$/.exec(url?.pathname ?? '')?.[1];
  if (named !== undefined) return named;
  const byHost = url === null ? undefined : await instance.store.tenants.findByHost(url.hostname);
  return byHost?.id ?? 'default';
}

async function reasonOfDeath(
  instance: Instance,
  tenant: string,
  claims: Readonly<Record<string, unknown>>,
): Promise<string | null> {
  const { now } = instance.requester();
  if (typeof claims.exp !== 'number' || claims.exp <= now) return 'it has expired';
  const origin = await resolveSubject(instance, originOf(tenant, claims));
  for (let cursor = 0; ; ) {
    const page = await instance.store.revocations.listAfter(cursor, now, pageSize);
    const covering = page.revocations.find((revocation) => covers(revocation, origin));
    if (covering !== undefined) return `its ${covering.kind} was revoked`;
    if (page.revocations.length < pageSize) return deathOfParties(instance, origin);
    cursor = page.cursor;
  }
}

/** A pairwise `sub` stands for a subject; so that revocation and liveness are looked up where they are kept. */
async function resolveSubject({ store }: Instance, origin: TokenOrigin): Promise<TokenOrigin> {
  const pairwise = await store.pairwiseSubjects.findBySub(origin.tenant, origin.subject);
  return pairwise === undefined ? origin : { ...origin, subject: pairwise.subject };
}

async function deathOfParties({ store }: Instance, origin: TokenOrigin): Promise<string | null> {
  const client = await store.clients.find(origin.tenant, origin.clientId);
  if (client === undefined) return 'its client does not exist';
  if (client.disabledAt !== 0) return 'its client is disabled';
  if (origin.subject === client.subject || !/^[A-Z]{3}-/.test(origin.subject)) return null;
  const subject = await store.subjects.find(origin.tenant, origin.subject);
  if (subject === undefined) return 'its subject does not exist';
  return subject.disabledAt === 0 ? null : 'its subject is disabled';
}

function originOf(tenant: string, claims: Readonly<Record<string, unknown>>): TokenOrigin {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const [audience] = [claims.aud].flat();
  return {
    tenant,
    jti: text(claims.jti) ?? '',
    clientId: text(claims.client_id) ?? text(audience) ?? '',
    subject: text(claims.sub) ?? '',
    grantId: text(claims.grant_id),
    sessionId: text(claims.sid),
    issuedAt: typeof claims.iat === 'number' ? claims.iat : 0,
  };
}

function covers(revocation: Revocation, origin: TokenOrigin): boolean {
  const idByKind: Readonly<Record<Revocation['kind'], string | undefined>> = {
    token: origin.jti,
    grant: origin.grantId,
    session: origin.sessionId,
    subject: origin.subject,
    client: origin.clientId,
    tenant: origin.tenant,
  };
  return (
    revocation.tenant === origin.tenant &&
    revocation.id === idByKind[revocation.kind] &&
    origin.issuedAt <= revocation.revokedAt
  );
}
