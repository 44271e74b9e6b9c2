/** One of every record, in a tenant of one's choice. Times lie around {@link now}. */
import type { AuditEntry } from '../../audit/record.ts';
import type {
  AccessTokenRecord,
  AuthorizationCodeRecord,
  ClientRecord,
  ConsentRecord,
  DeviceApproval,
  DeviceCodeRecord,
  GroupMembership,
  GroupRecord,
  InitialAccessTokenRecord,
  OneTimeTokenRecord,
  PairwiseSubjectRecord,
  PushedRequestRecord,
  RefreshFamilyRecord,
  Revocation,
  RoleGrant,
  SessionRecord,
  SigningKeyRecord,
  Store,
  SubjectRecord,
  TenantRecord,
  Trail,
} from '../ports.ts';
import type { Hashed, Sealed } from '../secrets.ts';
import { defaultDynamicClients } from '../tenant-settings.ts';

export const now = 1_800_000_000;

/** The suite keeps no secrets: what only hashing and sealing may make is made of plain text here. */
export function hashed<Purpose extends string>(text: string): Hashed<Purpose> {
  return text as Hashed<Purpose>;
}

function sealed<Purpose extends string>(text: string): Sealed<Purpose> {
  return text as Sealed<Purpose>;
}

export function entry(tenant: string, action: string, id = 'x'): AuditEntry {
  return {
    tenant,
    at: now,
    action,
    actor: { kind: 'system', id: 'conformance' },
    target: { kind: 'thing', id },
    outcome: 'ok',
    reason: null,
    traceId: `trace-${id}`,
    details: { b: 2, a: 'one', c: null, d: true },
    personal: { subject: `person-${id}`, sealed: sealed('v1.k.n.c') },
  };
}

export function trail(tenant: string, action = 'thing.done', id = 'x'): Trail {
  return {
    audit: [entry(tenant, action, id)],
    events: [
      { id: `event-${id}`, tenant, type: action, at: now, subject: null, data: { n: 1, s: 'x', b: false } },
    ],
  };
}

/** Fails at the last statement of the verb that writes it. */
export function brokenTrail(tenant: string): Trail {
  const { audit = [], events = [] } = trail(tenant);
  return { audit, events: events.map((event) => ({ ...event, at: 0.5 })) };
}

export function tenant(id: string, change: Partial<TenantRecord> = {}): TenantRecord {
  return {
    id,
    name: `Tenant ${id}`,
    profile: 'standard',
    host: null,
    settings: {
      defaultSigningAlgorithm: 'ES256',
      requireNonceWithoutPkce: false,
      refreshGraceSeconds: 0,
      refreshOnReuse: 'family',
      auditDurability: 'batched',
      dynamicRegistration: 'off',
      dynamicClients: defaultDynamicClients,
    },
    createdAt: now,
    updatedAt: now,
    version: 1,
    ...change,
  };
}

export function client(tenantId: string, id = 'web', change: Partial<ClientRecord> = {}): ClientRecord {
  return {
    tenant: tenantId,
    id,
    subject: `SVC-${id}`,
    // The store takes metadata as JSON; the protocol package checks it.
    metadata: {
      clientName: 'Web',
      redirectUris: ['https://app.example/cb'],
    } as unknown as ClientRecord['metadata'],
    secrets: [{ id: 's1', hash: hashed('secret-1'), createdAt: now, expiresAt: 0 }],
    selfRegistration: null,
    applied: false,
    lastUsedAt: 0,
    disabledAt: 0,
    createdAt: now,
    updatedAt: now,
    version: 1,
    ...change,
  };
}

/** A client that registered itself, as `clients.register` takes it. */
export function dynamicClient(
  tenantId: string,
  id = 'self',
  change: Partial<ClientRecord> = {},
): ClientRecord {
  const selfRegistration = {
    tokenHash: hashed<'registration-token'>(`registration-${id}`),
    initialToken: null,
    softwareStatement: null,
  };
  return client(tenantId, id, { secrets: [], selfRegistration, ...change });
}

export function admission(initialToken: string | null = null, maxClients = 100, dueAt = now + 86_400) {
  return {
    maxClients,
    initialToken: initialToken === null ? null : hashed<'initial-access-token'>(initialToken),
    now,
    dueAt,
  };
}

export function initialAccessToken(
  tenantId: string,
  id = 'initial',
  change: Partial<InitialAccessTokenRecord> = {},
): InitialAccessTokenRecord {
  return {
    tenant: tenantId,
    id,
    hash: hashed(`secret-${id}`),
    usesLeft: 2,
    createdAt: now,
    expiresAt: now + 600,
    ...change,
  };
}

export function subject(
  tenantId: string,
  id = 'USR-ada',
  change: Partial<SubjectRecord> = {},
): SubjectRecord {
  return {
    id,
    tenant: tenantId,
    kind: 'usr' as SubjectRecord['kind'],
    username: `Name of ${id}`,
    usernameKey: `name of ${id.toLowerCase()}`,
    email: 'ada@example.org',
    emailVerified: true,
    profile: { name: 'Ada', address: { country: 'GB' } },
    attributes: { department: 'engines', level: 3, remote: true, teams: ['one', 'two'] },
    passwordHash: hashed('$argon2id$1'),
    mustChangePassword: false,
    workspace: null,
    auditKey: sealed('v1.k.n.audit'),
    disabledAt: 0,
    createdAt: now,
    updatedAt: now,
    version: 1,
    ...change,
  };
}

export function grant(tenantId: string, change: Partial<RoleGrant> = {}): RoleGrant {
  return { tenant: tenantId, subject: 'USR-ada', role: 'admin', workspace: null, createdAt: now, ...change };
}

export function pairwiseSubject(
  tenantId: string,
  sector = 'app.example',
  change: Partial<PairwiseSubjectRecord> = {},
): PairwiseSubjectRecord {
  return {
    tenant: tenantId,
    sector,
    subject: 'USR-ada',
    sub: `pairwise of ${sector}`,
    createdAt: now,
    ...change,
  };
}

export function group(tenantId: string, id = 'staff'): GroupRecord {
  return { tenant: tenantId, id, name: `Group ${id}`, nameKey: `group ${id}`, createdAt: now };
}

export function membership(tenantId: string, groupId = 'staff', subjectId = 'USR-ada'): GroupMembership {
  return { tenant: tenantId, group: groupId, subject: subjectId, createdAt: now };
}

export function session(tenantId: string, id = 'sid', change: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    tenant: tenantId,
    tokenHash: hashed(`cookie-${id}`),
    subject: 'USR-ada',
    authTime: now,
    acr: '1',
    amr: ['pwd'],
    device: 'Firefox on Linux',
    createdAt: now,
    lastSeenAt: now,
    idleExpiresAt: now + 1000,
    expiresAt: now + 5000,
    endedAt: 0,
    ...change,
  };
}

export function consent(tenantId: string, change: Partial<ConsentRecord> = {}): ConsentRecord {
  return {
    tenant: tenantId,
    subject: 'USR-ada',
    clientId: 'web',
    scope: ['openid'],
    resources: ['https://api.example'],
    grantedAt: now,
    updatedAt: now,
    ...change,
  };
}

export function pushedRequest(tenantId: string, id = 'par'): PushedRequestRecord {
  return {
    tenant: tenantId,
    hash: hashed(id),
    clientId: 'web',
    parameters: [
      ['scope', ['openid']],
      ['resource', ['https://a.example', 'https://b.example']],
    ],
    confirmation: null,
    createdAt: now,
    expiresAt: now + 300,
  };
}

export function code(
  tenantId: string,
  id = 'code',
  change: Partial<AuthorizationCodeRecord> = {},
): AuthorizationCodeRecord {
  return {
    tenant: tenantId,
    hash: hashed(id),
    clientId: 'web',
    subject: 'USR-ada',
    sessionId: 'sid',
    grantId: `grant-${id}`,
    redirectUri: 'https://app.example/cb',
    redirectUriSent: true,
    codeChallenge: 'challenge',
    nonce: null,
    scope: ['openid', 'offline_access'],
    resources: [],
    authTime: now,
    acr: '1',
    amr: ['pwd'],
    confirmation: { jkt: 'thumb' } as AuthorizationCodeRecord['confirmation'],
    claims: { userinfo: [{ name: 'email', essential: true }], idToken: [{ name: 'acr', essential: false }] },
    consentHash: null,
    authTimeRequired: true,
    createdAt: now,
    expiresAt: now + 60,
    ...change,
  };
}

export function deviceCode(
  tenantId: string,
  id = 'device',
  change: Partial<DeviceCodeRecord> = {},
): DeviceCodeRecord {
  return {
    tenant: tenantId,
    hash: hashed(id),
    userCode: hashed(`user-code-${id}`),
    clientId: 'web',
    scope: ['openid'],
    resources: ['https://api.example'],
    confirmation: { jkt: 'thumb' } as DeviceCodeRecord['confirmation'],
    device: 'Chrome, Android',
    origin: sealed('v1.k.n.origin'),
    traceId: 'trace',
    intervalSeconds: 5,
    createdAt: now,
    expiresAt: now + 900,
    ...change,
  };
}

export function deviceApproval(
  id = 'device',
  change: Partial<DeviceApproval> = {},
): DeviceApproval & { readonly sessionId: string } {
  return {
    subject: 'USR-ada',
    sessionId: 'sid',
    grantId: `grant-${id}`,
    authTime: now,
    acr: '1',
    amr: ['pwd'],
    approvedAt: now,
    ...change,
  };
}

export function family(
  tenantId: string,
  id = 'grant-code',
  change: Partial<RefreshFamilyRecord> = {},
): RefreshFamilyRecord {
  return {
    id,
    tenant: tenantId,
    clientId: 'web',
    subject: 'USR-ada',
    sessionId: 'sid',
    secret: sealed('v1.k.n.family'),
    generation: 1,
    rotatedAt: now,
    scope: ['openid', 'offline_access'],
    resources: [],
    nonce: null,
    authTime: now,
    acr: '1',
    amr: ['pwd'],
    authTimeRequired: false,
    confirmation: null,
    claims: null,
    consentHash: null,
    createdAt: now,
    idleExpiresAt: now + 7000,
    expiresAt: now + 30_000,
    revokedAt: 0,
    ...change,
  };
}

export function accessToken(
  tenantId: string,
  id = 'token',
  change: Partial<AccessTokenRecord> = {},
): AccessTokenRecord {
  return {
    tenant: tenantId,
    hash: hashed(id),
    jti: `jti-${id}`,
    clientId: 'web',
    subject: 'USR-ada',
    grantId: 'grant-code',
    claims: { iss: 'https://id.example', aud: ['api'] },
    createdAt: now,
    expiresAt: now + 300,
    ...change,
  };
}

export function revocation(tenantId: string, kind: Revocation['kind'], id: string, at = now): Revocation {
  return { tenant: tenantId, kind, id, revokedAt: at, expiresAt: at + 300 };
}

export function reuse(tenantId: string, grantId: string, at = now) {
  return {
    revocation: revocation(tenantId, 'grant', grantId, at),
    trail: trail(tenantId, 'grant.reused', grantId),
  };
}

export function signingKey(
  tenantId: string,
  version: number,
  change: Partial<SigningKeyRecord> = {},
): SigningKeyRecord {
  return {
    tenant: tenantId,
    kid: `kid-${version}`,
    algorithm: 'ES256',
    version,
    state: 'logged',
    publicJwk: { kty: 'EC', crv: 'P-256' },
    thumbprint: `thumbprint ${tenantId} ${change.algorithm ?? 'ES256'} ${change.kid ?? version}`,
    privateKey: sealed('v1.k.n.key'),
    createdAt: now,
    publishedAt: 0,
    activatedAt: 0,
    retiredAt: 0,
    dueAt: now + 10,
    ...change,
  };
}

export function oneTimeToken(tenantId: string, id = 'link'): OneTimeTokenRecord {
  return { tenant: tenantId, purpose: 'setup', hash: hashed(id), createdAt: now, expiresAt: now + 600 };
}

/** When the claim on a logout delivery of {@link seedAll} ends. */
export const lease = now + 60;

export const noTrail: Trail = {};

/** A tenant with a client, a person and a live session: what a grant needs. */
export async function seedBasics(store: Store, tenantId: string): Promise<void> {
  await store.tenants.create(tenant(tenantId), noTrail);
  await store.clients.create(client(tenantId), noTrail);
  await store.subjects.create(subject(tenantId), [grant(tenantId)], noTrail);
  await store.sessions.create(session(tenantId), noTrail);
}

export async function makeKey(
  store: Store,
  tenantId: string,
  version: number,
  state: SigningKeyRecord['state'],
) {
  const key = signingKey(tenantId, version);
  await store.keys.log(key, entry(tenantId, 'key.logged', key.kid));
  if (state === 'logged') return;
  await store.keys.publish(tenantId, key.kid, now, now + 10, noTrail);
  if (state === 'next') return;
  await store.keys.promote(
    tenantId,
    key.kid,
    { activatedAt: now, dueAt: now + 10, retiredDueAt: now + 20 },
    noTrail,
  );
}

/** A session in which the client took part, and its end; the logout that the client is owed has the session's id. */
export async function seedLogout(store: Store, tenantId: string, id: string): Promise<void> {
  await store.sessions.create(session(tenantId, id), noTrail);
  await store.codes.issue(code(tenantId, `code-${id}`, { sessionId: id }), null, now, noTrail);
  await store.sessions.end(tenantId, id, now, revocation(tenantId, 'session', id), noTrail);
}

/** {@link seedBasics} and one of everything else: sessions `gone` and `sending` with an owed logout each, the latter claimed until {@link lease}, keys 1 retired, 2 current, 3 next, 4 logged. */
export async function seedAll(store: Store, tenantId: string): Promise<void> {
  await seedBasics(store, tenantId);
  await store.pairwiseSubjects.settle(pairwiseSubject(tenantId));
  for (const id of ['staff', 'guests']) await store.groups.create(group(tenantId, id), noTrail);
  await store.groups.addMember(membership(tenantId), 10, noTrail);
  await store.consents.remember(consent(tenantId), noTrail);
  await store.pushedRequests.create(pushedRequest(tenantId));
  await store.codes.issue(code(tenantId, 'first'), null, now, noTrail);
  const produced = {
    family: family(tenantId, 'grant-first'),
    accessToken: accessToken(tenantId, 'token', { grantId: 'grant-first' }),
    trail: noTrail,
  };
  await store.codes.take(tenantId, hashed('first'), now, produced, reuse(tenantId, 'grant-first'));
  await store.codes.issue(code(tenantId), null, now, noTrail);
  await seedLogout(store, tenantId, 'gone');
  await seedLogout(store, tenantId, 'sending');
  await store.logoutDeliveries.claim(tenantId, { sessionId: 'sending', clientId: 'web' }, now, lease);
  for (const id of ['device', 'device-approved']) await store.deviceCodes.create(deviceCode(tenantId, id));
  await store.deviceCodes.approve(
    tenantId,
    hashed('device-approved'),
    deviceApproval('device-approved'),
    noTrail,
  );
  await store.revocations.add(revocation(tenantId, 'token', 'jti-old'), noTrail);
  for (const version of [1, 2]) await makeKey(store, tenantId, version, 'current');
  await makeKey(store, tenantId, 3, 'next');
  await makeKey(store, tenantId, 4, 'logged');
  await store.oneTimeTokens.create(oneTimeToken(tenantId), trail(tenantId));
  await store.initialAccessTokens.create(initialAccessToken(tenantId), noTrail);
  await store.clients.register(dynamicClient(tenantId), admission(), noTrail);
}
