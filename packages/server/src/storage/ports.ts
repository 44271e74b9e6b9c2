/**
 * The two storage ports. `Store` keeps what must never be lost; `EphemeralStore` keeps what may be lost at the
 * price of asking a person or a client to start again. Each verb states its own concurrency; nobody outside a
 * driver ever reads in order to write.
 *
 * Times are epoch seconds. Every verb names its tenant, and a driver filters by it in every query.
 * A verb that writes resolves only after the write is durable (SQLite: `synchronous=FULL`, committed).
 * A driver throws {@link StorageError} and nothing else.
 */
import type {
  ClaimsRequest,
  ClientMetadata,
  Confirmation,
  GrantType,
  JwkSet,
  SubjectKind,
} from '@countersign/protocol';
import type { AuditEntry, AuditStore } from '../audit/record.ts';
import type { OutboxEvent } from '../events/event.ts';
import type { Hashed, Sealed } from './secrets.ts';

/** What commits together with its cause, or not at all. */
export interface Trail {
  readonly audit?: readonly AuditEntry[];
  readonly events?: readonly OutboxEvent[];
}

export type Profile = 'standard' | 'strict' | 'oidc-core' | 'fapi2-security';

export interface TenantSettings {
  /** Signing algorithm of ID tokens for declared clients, and of access tokens. */
  readonly defaultSigningAlgorithm: 'ES256' | 'EdDSA' | 'RS256' | 'PS256' | 'ML-DSA-44' | 'ML-DSA-65';
  readonly requireNonceWithoutPkce: boolean;
  /** 0 to 60: how long a repeated refresh token answers the same successor (architecture, decision 6). */
  readonly refreshGraceSeconds: number;
  readonly refreshOnReuse: 'family' | 'session';
  /** `strict` writes the audit row of a stateless issuance before the token leaves. */
  readonly auditDurability: 'batched' | 'strict';
  /** Whether clients register themselves (RFC 7591): not at all, with an initial access token, or whoever comes. */
  readonly dynamicRegistration: 'off' | 'token' | 'open';
  readonly dynamicClients: DynamicClientSettings;
}

/** The bounds of clients that registered themselves. */
export interface DynamicClientSettings {
  /** How many of them the tenant holds at most. */
  readonly maxClients: number;
  /** How many uses an initial access token may be given. */
  readonly maxUsesPerToken: number;
  /** Registrations from one source (IPv4 address or IPv6 /64): this many at once, and as many again in an hour. */
  readonly registrationsPerHour: number;
  /** The scope of a client that names none; part of `allowedScope`. */
  readonly defaultScope: readonly string[];
  readonly allowedScope: readonly string[];
  /** What a client may be registered for. */
  readonly allowedGrants: readonly GrantType[];
  /** How long a client stays that came by itself and never was given a token. */
  readonly neverUsedSeconds: number;
  /** How long a client stays after its last token, and one that was admitted by an initial access token without any. */
  readonly unusedSeconds: number;
  /** Whose software statements count (RFC 7591 §2.3). */
  readonly statementIssuers: readonly StatementIssuer[];
}

/** `issuer` is the `iss` of the statements, compared as a string. */
export type StatementIssuer =
  | { readonly issuer: string; readonly jwks: JwkSet }
  | { readonly issuer: string; readonly jwksUri: string };

export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly profile: Profile;
  /** Own host name (`login.example.com`), unique over all tenants, or null. */
  readonly host: string | null;
  readonly settings: TenantSettings;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Grows by one with every write; the ETag of a later management API. */
  readonly version: number;
}

export interface TenantStore {
  find(id: string): Promise<TenantRecord | undefined>;
  findByHost(host: string): Promise<TenantRecord | undefined>;
  list(page: Page): Promise<readonly TenantRecord[]>;
  /** `duplicate` when the id or the host is taken; at most one of many callers gets `created`. */
  create(tenant: TenantRecord, trail: Trail): Promise<'created' | 'duplicate'>;
  /** Compare-and-swap on `version`. */
  replace(
    tenant: TenantRecord,
    expectedVersion: number,
    trail: Trail,
  ): Promise<'replaced' | 'stale' | 'duplicate'>;
}

/** Lists are ordered by id; `after` is the last id of the page before. */
export interface Page {
  readonly after?: string;
  readonly limit: number;
}

export interface ClientSecretRecord {
  readonly id: string;
  readonly hash: Hashed<'client-secret'>;
  readonly createdAt: number;
  /** 0 for never. */
  readonly expiresAt: number;
}

export interface ClientRecord {
  readonly tenant: string;
  readonly id: string;
  /** SVC identifier: the `sub` of the client's own tokens. */
  readonly subject: string;
  readonly metadata: ClientMetadata;
  /** Live secrets, newest first; at most two. */
  readonly secrets: readonly ClientSecretRecord[];
  /** null for a declared client. */
  readonly selfRegistration: SelfRegistration | null;
  /** Made by `apply` out of a file, which is then what may remove it. Set at creation, never changed. */
  readonly applied: boolean;
  /** When it was last given a token, to the day; 0 for never. Of a cached record it may be older than the truth. */
  readonly lastUsedAt: number;
  /** 0 while enabled. */
  readonly disabledAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
}

/** What a client has that registered itself (RFC 7591), beside what every client has. */
export interface SelfRegistration {
  /** Of the token that manages the registration (RFC 7592). */
  readonly tokenHash: Hashed<'registration-token'>;
  /** Id of the initial access token it came with; null when it came without. */
  readonly initialToken: string | null;
  /** As it was presented, after it had been verified. */
  readonly softwareStatement: string | null;
}

/** A client that may have outlived its use. */
export interface DueClient {
  readonly tenant: string;
  readonly id: string;
  /** It came with an initial access token. */
  readonly admitted: boolean;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly dueAt: number;
}

export interface ClientStore {
  find(tenant: string, id: string): Promise<ClientRecord | undefined>;
  list(tenant: string, page: Page): Promise<readonly ClientRecord[]>;
  create(client: ClientRecord, trail: Trail): Promise<'created' | 'duplicate'>;
  /** Replaces metadata and `disabledAt`; secrets have their own verbs. Compare-and-swap on `version`. */
  replace(client: ClientRecord, expectedVersion: number, trail: Trail): Promise<'replaced' | 'stale'>;
  /** `full` when two live secrets exist: one of them must be removed or be given an expiry that has passed. */
  addSecret(
    tenant: string,
    clientId: string,
    secret: ClientSecretRecord,
    now: number,
    trail: Trail,
  ): Promise<'added' | 'full' | 'unknown'>;
  /** Sets when a secret ends; `expiresAt` <= now ends it at once. */
  expireSecret(
    tenant: string,
    clientId: string,
    secretId: string,
    expiresAt: number,
    trail: Trail,
  ): Promise<boolean>;
  /** Removes client, secrets, consents, codes, families; adds the revocation of the client; all in one transaction. */
  remove(tenant: string, id: string, revocation: Revocation, trail: Trail): Promise<boolean>;
  /**
   * Creates a client that registered itself, if the tenant has room for it and, where it came with an initial access token, that
   * token is live; spends one of its uses. Atomic: n callers together never pass the limit, and never spend more uses than
   * there are. `full`, `refused` (the token is unknown, expired or spent): nothing was written.
   */
  register(
    client: ClientRecord,
    admission: {
      readonly maxClients: number;
      readonly initialToken: Hashed<'initial-access-token'> | null;
      readonly now: number;
      readonly dueAt: number;
    },
    trail: Trail,
  ): Promise<'registered' | 'full' | 'refused'>;
  /**
   * Replaces the registration of a client that registered itself: metadata, software statement and, unless `keep`, all its secrets.
   * Compare-and-swap on `version`.
   */
  reregister(
    client: ClientRecord,
    expectedVersion: number,
    secrets: 'keep' | 'replace',
    trail: Trail,
  ): Promise<'replaced' | 'stale'>;
  /**
   * Notes a use, at most one a day; true when it was noted. Tells no cache: see {@link ClientRecord.lastUsedAt}.
   * @param dueAt when the client is to be looked at; 0 for one that stays
   */
  noteUse(tenant: string, id: string, usedAt: number, dueAt: number): Promise<boolean>;
  /** Of all tenants, those whose time has come, the longest overdue first. */
  listDue(now: number, limit: number): Promise<readonly DueClient[]>;
  /** Sets when it is looked at again, only if that is still `expected`. */
  defer(tenant: string, id: string, expected: number, dueAt: number): Promise<boolean>;
  /** As `remove`, for a client that registered itself and was last used at `lastUsedAt`; false when it was used since, or is gone. */
  removeUnused(
    tenant: string,
    id: string,
    lastUsedAt: number,
    revocation: Revocation,
    trail: Trail,
  ): Promise<boolean>;
}

/** Allows a number of registrations (RFC 7591 §3, initial access token). */
export interface InitialAccessTokenRecord {
  readonly tenant: string;
  readonly id: string;
  readonly hash: Hashed<'initial-access-token'>;
  readonly usesLeft: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface InitialAccessTokenStore {
  create(token: InitialAccessTokenRecord, trail: Trail): Promise<void>;
  /** Those that have not expired, spent ones included, newest first. */
  list(tenant: string, now: number): Promise<readonly InitialAccessTokenRecord[]>;
  /** With uses left and unexpired. Spending one is the gate of `clients.register`. */
  findLive(
    tenant: string,
    hash: Hashed<'initial-access-token'>,
    now: number,
  ): Promise<InitialAccessTokenRecord | undefined>;
  /** False when there is none of this id. Clients that came with it stay. */
  revoke(tenant: string, id: string, trail: Trail): Promise<boolean>;
}

/** OpenID Connect Core §5.1 names, camelCase; unknown members are not stored. */
export interface UserProfile {
  readonly name?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly middleName?: string;
  readonly nickname?: string;
  readonly preferredUsername?: string;
  readonly profile?: string;
  readonly picture?: string;
  readonly website?: string;
  readonly gender?: string;
  readonly birthdate?: string;
  readonly zoneinfo?: string;
  readonly locale?: string;
  readonly phoneNumber?: string;
  readonly phoneNumberVerified?: boolean;
  readonly address?: {
    readonly formatted?: string;
    readonly streetAddress?: string;
    readonly locality?: string;
    readonly region?: string;
    readonly postalCode?: string;
    readonly country?: string;
  };
}

export type AttributeValue = string | number | boolean | readonly string[];

export interface SubjectRecord {
  readonly id: string;
  readonly tenant: string;
  readonly kind: SubjectKind;
  /** People only, else null. Unique per tenant by `usernameKey`. */
  readonly username: string | null;
  /** NFKC, case-folded form of `username`, made by `subjects/username.ts`. */
  readonly usernameKey: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly profile: UserProfile;
  /** What the tenant itself knows of a person, by names of its own. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly passwordHash: Hashed<'password'> | null;
  readonly mustChangePassword: boolean;
  /** Home workspace, a default and never a policy input. */
  readonly workspace: string | null;
  /** Key that seals this person's values in audit rows; destroying it is erasure. */
  readonly auditKey: Sealed<'subject-audit-key'>;
  readonly disabledAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
}

/** What the clients of one sector know a person by (OpenID Connect Core §8.1). It never changes, and goes with the person. */
export interface PairwiseSubjectRecord {
  readonly tenant: string;
  readonly sector: string;
  readonly subject: string;
  /** Unique in the tenant. */
  readonly sub: string;
  readonly createdAt: number;
}

export interface PairwiseSubjectStore {
  listBySubject(tenant: string, subject: string): Promise<readonly PairwiseSubjectRecord[]>;
  findBySub(tenant: string, sub: string): Promise<PairwiseSubjectRecord | undefined>;
  /**
   * The `sub` of this subject in this sector: the proposed one if there was none. All callers of all processes are answered
   * the same, however many propose at once. undefined when there is no such subject; then nothing was written.
   */
  settle(proposed: PairwiseSubjectRecord): Promise<string | undefined>;
}

/** People who are spoken of by one name. Groups are flat. */
export interface GroupRecord {
  readonly tenant: string;
  readonly id: string;
  readonly name: string;
  /** Unique per tenant; made by `subjects/groups.ts`. */
  readonly nameKey: string;
  readonly createdAt: number;
}

export interface GroupMembership {
  readonly tenant: string;
  readonly group: string;
  readonly subject: string;
  readonly createdAt: number;
}

export interface GroupStore {
  find(tenant: string, id: string): Promise<GroupRecord | undefined>;
  findByName(tenant: string, nameKey: string): Promise<GroupRecord | undefined>;
  list(tenant: string, page: Page): Promise<readonly GroupRecord[]>;
  /** Ids of subjects. */
  listMembers(tenant: string, group: string, page: Page): Promise<readonly string[]>;
  /** All of them: a person is in a bounded number of groups. */
  listBySubject(tenant: string, subject: string): Promise<readonly GroupRecord[]>;
  /** `duplicate` when the name is taken in this tenant. */
  create(group: GroupRecord, trail: Trail): Promise<'created' | 'duplicate'>;
  /** Removes the group with its memberships. False when there is none. */
  remove(tenant: string, id: string, trail: Trail): Promise<boolean>;
  /** `full` when the person is in `limit` groups already, however many callers add at once; `unknown`: no such group or person. */
  addMember(
    membership: GroupMembership,
    limit: number,
    trail: Trail,
  ): Promise<'added' | 'already' | 'full' | 'unknown'>;
  /** False when the person was not in it. */
  removeMember(tenant: string, group: string, subject: string, trail: Trail): Promise<boolean>;
}

export interface RoleGrant {
  readonly tenant: string;
  readonly subject: string;
  readonly role: string;
  /** null: every workspace. */
  readonly workspace: string | null;
  readonly createdAt: number;
}

export interface SubjectStore {
  find(tenant: string, id: string): Promise<SubjectRecord | undefined>;
  findByUsername(tenant: string, usernameKey: string): Promise<SubjectRecord | undefined>;
  list(tenant: string, kind: SubjectKind, page: Page): Promise<readonly SubjectRecord[]>;
  /** `duplicate` when the user name is taken in this tenant. */
  create(
    subject: SubjectRecord,
    grants: readonly RoleGrant[],
    trail: Trail,
  ): Promise<'created' | 'duplicate'>;
  /**
   * Compare-and-swap on `version`. Changes user name, e-mail, profile, attributes, `mustChangePassword` and workspace; what has a
   * verb of its own (password, enabling) or never changes (kind, audit key) must be as it is, else it throws `internal`.
   */
  replace(
    subject: SubjectRecord,
    expectedVersion: number,
    trail: Trail,
  ): Promise<'replaced' | 'stale' | 'duplicate'>;
  /** Replaces the hash if it is still `previous` (rehash at sign-in races with a change of password: the change wins). */
  replacePassword(
    tenant: string,
    id: string,
    previous: Hashed<'password'> | null,
    next: Hashed<'password'>,
    mustChange: boolean,
    now: number,
    trail: Trail,
  ): Promise<boolean>;
  /**
   * Disables, ends every session and refresh family, denies devices approved and not yet served, and adds the revocation,
   * in one transaction. True when the subject exists, disabled before or not.
   */
  disable(tenant: string, id: string, revocation: Revocation, trail: Trail): Promise<boolean>;
  /** True when the subject exists. What was revoked stays revoked. */
  enable(tenant: string, id: string, now: number, trail: Trail): Promise<boolean>;
  /** Erases the record with its sessions, families, consents, role grants, memberships and pairwise identifiers; adds the revocation. */
  remove(tenant: string, id: string, revocation: Revocation, trail: Trail): Promise<boolean>;
  listGrants(tenant: string, subject: string): Promise<readonly RoleGrant[]>;
  /** True when an enabled subject holds `role` in every workspace of this tenant. */
  hasHolder(tenant: string, role: string): Promise<boolean>;
}

export interface SessionRecord {
  /** `sid` of ID tokens: public, random, not the cookie. */
  readonly id: string;
  readonly tenant: string;
  readonly tokenHash: Hashed<'session-token'>;
  readonly subject: string;
  readonly authTime: number;
  readonly acr: string;
  readonly amr: readonly string[];
  /** Coarse name of browser and system for the list a person sees; never the whole header, never an address. */
  readonly device: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly idleExpiresAt: number;
  readonly expiresAt: number;
  /** 0 while live. */
  readonly endedAt: number;
}

export interface SessionStore {
  /** `inactive` when the subject is gone or disabled at this moment: checked in the same transaction. */
  create(session: SessionRecord, trail: Trail): Promise<'created' | 'inactive'>;
  /** Only live ones: not ended, neither expiry passed, subject enabled. */
  findLive(
    tenant: string,
    tokenHash: Hashed<'session-token'>,
    now: number,
  ): Promise<SessionRecord | undefined>;
  /** Live, by `sid`; for the code and refresh grants. */
  findLiveById(tenant: string, id: string, now: number): Promise<SessionRecord | undefined>;
  /** A new sign-in in a live session: changes secret, time and methods in place, and only if it is still live. */
  reauthenticate(
    tenant: string,
    id: string,
    change: Pick<SessionRecord, 'tokenHash' | 'authTime' | 'acr' | 'amr' | 'lastSeenAt' | 'idleExpiresAt'>,
    trail: Trail,
  ): Promise<boolean>;
  /** Never shortens, never revives. */
  touch(tenant: string, id: string, lastSeenAt: number, idleExpiresAt: number): Promise<void>;
  listLive(tenant: string, subject: string, now: number): Promise<readonly SessionRecord[]>;
  /** Clients that were given a code in this session, first come first; at most `limit`. Not of an ended session. */
  listClients(tenant: string, id: string, now: number, limit: number): Promise<readonly string[]>;
  /**
   * Ends the session and the families that hang on it without `offline_access`, with revocations of their grants, and
   * owes its clients the news ({@link LogoutDeliveryStore}). False when it was not live.
   */
  end(tenant: string, id: string, now: number, revocation: Revocation, trail: Trail): Promise<boolean>;
  /** Ends all of a subject but one; answers how many. */
  endAll(
    tenant: string,
    subject: string,
    exceptId: string | null,
    now: number,
    revocationExpiresAt: number,
    trail: Trail,
  ): Promise<number>;
}

/** What is owed to whom: one client of one ended session. */
export interface LogoutDeliveryKey {
  readonly sessionId: string;
  readonly clientId: string;
}

export interface LogoutDeliveryRecord extends LogoutDeliveryKey {
  readonly tenant: string;
  /** Whose session it was. The account may be disabled or gone. */
  readonly subject: string;
  /** `sending`: claimed until `dueAt`. `dead`: given up, kept for an operator until `expiresAt`. */
  readonly state: 'waiting' | 'sending' | 'dead';
  /** Claims so far; one that a crash cut short counts. */
  readonly attempts: number;
  readonly dueAt: number;
  /** Why the last attempt failed; null before there was one. */
  readonly reason: string | null;
  /** When the session ended. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/**
 * Ended sessions that a client is still to be told of (OpenID Connect Back-Channel Logout §2.5). Rows are written by every
 * verb that ends a session, in its own transaction, for each client that took part in it, whether or not that client wants
 * to be told. A change of topic `logout` announces them.
 */
export interface LogoutDeliveryStore {
  /** Of all tenants, those whose time has come, the longest due first; none of the clients in `except`. */
  listDue(
    now: number,
    limit: number,
    except: readonly { readonly tenant: string; readonly clientId: string }[],
  ): Promise<readonly LogoutDeliveryRecord[]>;
  /** In any state. */
  find(tenant: string, key: LogoutDeliveryKey): Promise<LogoutDeliveryRecord | undefined>;
  /** Of one tenant, all states, in order of session and client. */
  list(
    tenant: string,
    page: { readonly after?: LogoutDeliveryKey; readonly limit: number },
  ): Promise<readonly LogoutDeliveryRecord[]>;
  /**
   * Compare-and-swap on `dueAt`: of many callers that saw the same time at most one gets true, and alone may send until
   * `leaseEndsAt`, which must be later. Counts an attempt.
   */
  claim(tenant: string, key: LogoutDeliveryKey, dueAt: number, leaseEndsAt: number): Promise<boolean>;
  /** Removes it if `dueAt` is still the given one: told, or nobody to tell. */
  finish(tenant: string, key: LogoutDeliveryKey, dueAt: number): Promise<boolean>;
  /** Ends a claim, if it is still held: to be tried again at `dueAt`. */
  postpone(
    tenant: string,
    key: LogoutDeliveryKey,
    leaseEndsAt: number,
    change: { readonly dueAt: number; readonly reason: string },
  ): Promise<boolean>;
  /** Ends a claim, if it is still held: given up, and kept until `expiresAt`. */
  bury(
    tenant: string,
    key: LogoutDeliveryKey,
    leaseEndsAt: number,
    change: { readonly reason: string; readonly expiresAt: number },
    trail: Trail,
  ): Promise<boolean>;
  /** Due now, with all attempts before it again. False when there is none, or it is being sent at this moment. */
  retry(tenant: string, key: LogoutDeliveryKey, now: number, trail: Trail): Promise<boolean>;
  /** Forgets it. What is being sent at this moment may still arrive. */
  drop(tenant: string, key: LogoutDeliveryKey, trail: Trail): Promise<boolean>;
  /** Over all tenants, for the gauges; `waiting` includes those being sent. */
  count(): Promise<{ readonly waiting: number; readonly dead: number }>;
}

export interface ConsentRecord {
  readonly tenant: string;
  readonly subject: string;
  readonly clientId: string;
  readonly scope: readonly string[];
  readonly resources: readonly string[];
  readonly grantedAt: number;
  readonly updatedAt: number;
}

export interface ConsentStore {
  find(tenant: string, subject: string, clientId: string): Promise<ConsentRecord | undefined>;
  listBySubject(tenant: string, subject: string): Promise<readonly ConsentRecord[]>;
  /** Adds to what is remembered; two answers at once give their union. */
  remember(consent: ConsentRecord, trail: Trail): Promise<void>;
  /**
   * Forgets it, revokes every family of this subject at this client and the access tokens of those grants. Codes not yet
   * redeemed go too, and devices approved and not yet served are denied.
   */
  revoke(
    tenant: string,
    subject: string,
    clientId: string,
    now: number,
    revocationExpiresAt: number,
    trail: Trail,
  ): Promise<boolean>;
}

/** A pushed authorization request (RFC 9126). Loaded as often as asked, spent when its code is issued. */
export interface PushedRequestRecord {
  readonly tenant: string;
  readonly hash: Hashed<'request-uri'>;
  readonly clientId: string;
  /** The parsed parameters as name, values pairs. */
  readonly parameters: readonly (readonly [string, readonly string[]])[];
  readonly confirmation: Confirmation | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface PushedRequestStore {
  create(request: PushedRequestRecord): Promise<void>;
  /** Unspent and unexpired ones only. */
  find(tenant: string, hash: Hashed<'request-uri'>, now: number): Promise<PushedRequestRecord | undefined>;
}

export interface AuthorizationCodeRecord {
  readonly tenant: string;
  readonly hash: Hashed<'authorization-code'>;
  readonly clientId: string;
  readonly subject: string;
  /** `sid` of the session the person approved in. */
  readonly sessionId: string;
  /** Names everything that comes of this approval: family, access tokens, revocation. */
  readonly grantId: string;
  readonly redirectUri: string;
  /** Whether the authorization request carried redirect_uri, so that the token request must too (RFC 6749 §4.1.3). */
  readonly redirectUriSent: boolean;
  readonly codeChallenge: string | null;
  readonly nonce: string | null;
  readonly scope: readonly string[];
  readonly resources: readonly string[];
  readonly authTime: number;
  readonly acr: string;
  readonly amr: readonly string[];
  /** `dpop_jkt` or the key of the pushed request's proof. */
  readonly confirmation: Confirmation | null;
  /** The `claims` request parameter, without what the client is not registered for; null when absent. */
  readonly claims: ClaimsRequest | null;
  readonly consentHash: string | null;
  /** Whether auth_time belongs in the ID token (max_age, require_auth_time, default_max_age). */
  readonly authTimeRequired: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export type TakeOutcome = 'taken' | 'reused' | 'unknown' | 'inactive';

export interface AuthorizationCodeStore {
  /**
   * Writes the code, remembers the client among those of the session and, when the request was pushed, spends its reference,
   * in one transaction.
   * `spent`: another completion of that reference came first, or it expired; nothing was written.
   * `inactive`: subject, client or session is no longer live; nothing was written.
   */
  issue(
    code: AuthorizationCodeRecord,
    pushedRequest: Hashed<'request-uri'> | null,
    now: number,
    trail: Trail,
  ): Promise<'issued' | 'spent' | 'inactive'>;
  /** Live or spent, until its expiry passes. */
  find(
    tenant: string,
    hash: Hashed<'authorization-code'>,
    now: number,
  ): Promise<{ readonly record: AuthorizationCodeRecord; readonly spent: boolean } | undefined>;
  /** Counts one wrong verifier; the `limit`th spends the code. Answers whether the code is spent now. */
  chargeAttempt(
    tenant: string,
    hash: Hashed<'authorization-code'>,
    limit: number,
    trail: Trail,
  ): Promise<'charged' | 'spent'>;
  /**
   * At most one caller ever gets `taken`. In the same transaction: the family and the opaque token are written
   * when taken; on `reused` the grant is revoked (family, opaque tokens, revocation) with `reuseTrail`.
   * `inactive`: client or subject disabled, or the session ended, at this moment; the code stays unspent.
   */
  take(
    tenant: string,
    hash: Hashed<'authorization-code'>,
    now: number,
    produce: Produced,
    reuse: { readonly revocation: Revocation; readonly trail: Trail },
  ): Promise<TakeOutcome>;
}

/**
 * A device that waits for a person's answer (RFC 8628). Its states: pending, then approved or denied; approved, then spent.
 * A row is kept a few minutes beyond its expiry, so that a device that polls late hears that it expired.
 */
export interface DeviceCodeRecord {
  readonly tenant: string;
  readonly hash: Hashed<'device-code'>;
  /** Keyed, since a user code is short enough to be tried out. Unique per tenant while its row is kept. */
  readonly userCode: Hashed<'user-code'>;
  readonly clientId: string;
  readonly scope: readonly string[];
  readonly resources: readonly string[];
  readonly confirmation: Confirmation | null;
  /** Coarse name of the program that asked; never the whole header. */
  readonly device: string;
  /** The address that asked, for the person to see. null once there is an answer. */
  readonly origin: Sealed<'device-origin'> | null;
  /** Of the request, so that the answer can be followed back to it. */
  readonly traceId: string;
  /** Seconds between two polls; grows with every poll that comes too early. */
  readonly intervalSeconds: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Who approved, and what that person's sign-in was worth. */
export interface DeviceApproval {
  readonly subject: string;
  /** Names everything that comes of this approval: family, access tokens, revocation. */
  readonly grantId: string;
  readonly authTime: number;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly approvedAt: number;
}

export type PollOutcome =
  | { readonly outcome: 'pending' | 'slow_down' | 'denied' | 'expired' | 'unknown' }
  /** Approved, spent or not: `take` decides. */
  | { readonly outcome: 'approved'; readonly record: DeviceCodeRecord; readonly approval: DeviceApproval };

export interface DeviceCodeStore {
  /** `duplicate`: the user code is in use in this tenant; nothing was written, and the caller takes another. */
  create(code: DeviceCodeRecord): Promise<'created' | 'duplicate'>;
  /** Pending and unexpired ones only. */
  findByUserCode(
    tenant: string,
    userCode: Hashed<'user-code'>,
    now: number,
  ): Promise<DeviceCodeRecord | undefined>;
  /**
   * pending → approved, for at most one caller; the consent is remembered in the same transaction, so that the person
   * finds it and can take it back. `ended`: answered already, expired or unknown. `inactive`: subject, client or session
   * is not live at this moment. Both change nothing.
   */
  approve(
    tenant: string,
    hash: Hashed<'device-code'>,
    approval: DeviceApproval & { readonly sessionId: string },
    trail: Trail,
  ): Promise<'approved' | 'ended' | 'inactive'>;
  /** pending → denied. False when it was answered already, expired or unknown. */
  deny(tenant: string, hash: Hashed<'device-code'>, now: number, trail: Trail): Promise<boolean>;
  /**
   * What a client that polls is told. A poll while pending is noted, and one that comes before the interval has passed
   * adds `slowDownSeconds` to it, in one statement: parallel polls count one by one. Another client's code is unknown.
   */
  poll(
    tenant: string,
    hash: Hashed<'device-code'>,
    clientId: string,
    now: number,
    slowDownSeconds: number,
  ): Promise<PollOutcome>;
  /**
   * approved → spent. At most one caller ever gets `taken`. In the same transaction: the family and the opaque token are
   * written when taken; on `reused` the grant is revoked (family, opaque tokens, revocation) with `reuse.trail`.
   * `inactive`: client or subject disabled at this moment; the code stays approved. `unknown`: not approved, or expired.
   */
  take(
    tenant: string,
    hash: Hashed<'device-code'>,
    now: number,
    produce: Produced,
    reuse: { readonly revocation: Revocation; readonly trail: Trail },
  ): Promise<TakeOutcome>;
}

/** What a grant writes beside its own gate. */
export interface Produced {
  readonly family: RefreshFamilyRecord | null;
  readonly accessToken: AccessTokenRecord | null;
  readonly trail: Trail;
}

/**
 * One row per family: a refresh token is `id.generation.HMAC(family secret, generation)`, so no token is stored.
 */
export interface RefreshFamilyRecord {
  /** The grant's id. */
  readonly id: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly subject: string;
  readonly sessionId: string | null;
  readonly secret: Sealed<'refresh-family-secret'>;
  readonly generation: number;
  readonly rotatedAt: number;
  readonly scope: readonly string[];
  readonly resources: readonly string[];
  readonly nonce: string | null;
  readonly authTime: number;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly authTimeRequired: boolean;
  readonly confirmation: Confirmation | null;
  /** Of the authorization request, for as long as the grant lives. */
  readonly claims: ClaimsRequest | null;
  readonly consentHash: string | null;
  readonly createdAt: number;
  readonly idleExpiresAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number;
}

export type RotateOutcome =
  | { readonly outcome: 'rotated' | 'repeated' | 'kept'; readonly generation: number }
  | { readonly outcome: 'reused' | 'unknown' | 'inactive' };

export interface RefreshFamilyStore {
  /** Also revoked and expired ones, until swept. */
  find(tenant: string, id: string): Promise<RefreshFamilyRecord | undefined>;
  /**
   * The caller has verified the presented token and its client. Atomic:
   * presented = current → `rotated` (generation + 1), or `kept` when `rotate` is false; at most one caller rotates one generation.
   * presented = current − 1 and rotated within `graceSeconds` → `repeated`, with the generation that the first caller got.
   * otherwise presented < current → `reused`: family revoked with the revocation and `reuse.trail` (`onReuse: session` ends the session too).
   * revoked, expired, subject or client disabled → `inactive`. No such family → `unknown`.
   */
  rotate(input: {
    readonly tenant: string;
    readonly id: string;
    readonly presented: number;
    readonly rotate: boolean;
    readonly graceSeconds: number;
    readonly now: number;
    readonly idleExpiresAt: number;
    readonly accessToken: AccessTokenRecord | null;
    readonly trail: Trail;
    readonly reuse: {
      readonly revocation: Revocation;
      readonly onReuse: 'family' | 'session';
      readonly trail: Trail;
    };
  }): Promise<RotateOutcome>;
  listLiveBySubject(tenant: string, subject: string, now: number): Promise<readonly RefreshFamilyRecord[]>;
  /** Revokes the family, its opaque tokens, and adds the revocation. False when it was revoked or unknown. */
  revoke(tenant: string, id: string, revocation: Revocation, trail: Trail): Promise<boolean>;
}

/** An opaque access token (`accessTokenFormat: opaque`). `claims` is the RFC 9068 claim set it stands for. */
export interface AccessTokenRecord {
  readonly tenant: string;
  readonly hash: Hashed<'access-token'>;
  readonly jti: string;
  readonly clientId: string;
  readonly subject: string;
  readonly grantId: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface AccessTokenStore {
  create(token: AccessTokenRecord, trail: Trail): Promise<void>;
  /** Unexpired ones; revocation is asked of the revocation set, as for JWTs. */
  find(tenant: string, hash: Hashed<'access-token'>, now: number): Promise<AccessTokenRecord | undefined>;
}

/**
 * Ends every access token that it covers: of a token or grant all there are; of a session, subject, client or tenant, which
 * may rightly be given more, those issued at or before `revokedAt`. That of a tenant is the epoch that a restore raises; its id is the tenant's.
 */
export interface Revocation {
  readonly tenant: string;
  readonly kind: 'token' | 'grant' | 'session' | 'subject' | 'client' | 'tenant';
  readonly id: string;
  readonly revokedAt: number;
  /** When the last token it covers has expired, and the row may go. */
  readonly expiresAt: number;
}

export interface RevocationStore {
  add(revocation: Revocation, trail: Trail): Promise<void>;
  /** All live ones after `cursor`, in order of writing; `cursor` 0 for the first call. */
  listAfter(
    cursor: number,
    now: number,
    limit: number,
  ): Promise<{ readonly cursor: number; readonly revocations: readonly Revocation[] }>;
}

export type KeyState = 'logged' | 'next' | 'current' | 'retired';

export interface SigningKeyRecord {
  readonly tenant: string;
  readonly kid: string;
  readonly algorithm: string;
  /** Counts up per tenant and algorithm; unique, so that of many processes one makes the next key. */
  readonly version: number;
  readonly state: KeyState;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** RFC 7638, unique over all tenants: no key is shared. */
  readonly thumbprint: string;
  readonly privateKey: Sealed<'signing-key'>;
  readonly createdAt: number;
  readonly publishedAt: number;
  readonly activatedAt: number;
  readonly retiredAt: number;
  /** When a process should look at this key again (promote it, replace it, remove it); indexed. */
  readonly dueAt: number;
}

export interface SigningKeyStore {
  list(tenant: string): Promise<readonly SigningKeyRecord[]>;
  /** Keys in state `current`, over all tenants. */
  countCurrent(): Promise<number>;
  /** Keys of all tenants whose `dueAt` has passed. */
  listDue(now: number, limit: number): Promise<readonly SigningKeyRecord[]>;
  /** Writes a key in state `logged` with the audit entry that logs it. `exists`: another process made this version. */
  log(key: SigningKeyRecord, entry: AuditEntry): Promise<'logged' | 'exists' | 'duplicate'>;
  /** logged → next. Refused (false) unless the audit entry that logs this kid is in the store. */
  publish(tenant: string, kid: string, publishedAt: number, dueAt: number, trail: Trail): Promise<boolean>;
  /** next → current, and the current one of that algorithm → retired, in one transaction. False when it was not `next`. */
  promote(
    tenant: string,
    kid: string,
    change: { readonly activatedAt: number; readonly dueAt: number; readonly retiredDueAt: number },
    trail: Trail,
  ): Promise<boolean>;
  /** Removes a retired key. */
  remove(tenant: string, kid: string, trail: Trail): Promise<boolean>;
  /** Pushes `dueAt`, only if it is still `expected`: of many processes one goes on. */
  defer(tenant: string, kid: string, expected: number, dueAt: number): Promise<boolean>;
}

/** Links and codes that work once: set-up, invitations, recovery. */
export interface OneTimeTokenRecord {
  readonly tenant: string;
  readonly purpose: 'setup';
  readonly hash: Hashed<'one-time-token'>;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface OneTimeTokenStore {
  create(token: OneTimeTokenRecord, trail: Trail): Promise<void>;
  isLive(
    tenant: string,
    purpose: OneTimeTokenRecord['purpose'],
    hash: Hashed<'one-time-token'>,
    now: number,
  ): Promise<boolean>;
  /**
   * Spends the set-up link and creates the first administrator, all or nothing. The link is looked for in the
   * administrator's tenant and in those of the grants. `administrator-exists`: somebody enabled holds one of the roles
   * in every workspace; the link stays unspent.
   */
  completeSetup(
    hash: Hashed<'one-time-token'>,
    now: number,
    administrator: SubjectRecord,
    grants: readonly RoleGrant[],
    trail: Trail,
  ): Promise<'created' | 'spent' | 'administrator-exists' | 'duplicate'>;
}

export type ChangeTopic =
  | 'tenant'
  | 'client'
  | 'subject'
  | 'key'
  | 'revocation'
  | 'session'
  | 'logout'
  | 'consent'
  | 'pairwise'
  | 'group'
  | 'membership';

export interface Change {
  readonly topic: ChangeTopic;
  readonly tenant: string;
  /**
   * Of a consent and of a membership: its subject. Of a pairwise identifier: the subject, and of an erased one the `sub` too. Of a logout: its session. Of a
   * revocation: its number; `listAfter(number − 1)` loads it.
   */
  readonly id: string;
}

export interface ChangeFeed {
  /**
   * Calls back for every committed write to a cached record, of this process and every other one that shares the
   * store. Own writes are delivered before their verb resolves; others within 200 ms (SQLite).
   * A gap (the process slept past the feed's retention) is delivered as `null`: flush everything.
   */
  subscribe(listener: (change: Change | null) => void): () => void;
}

/** Every column that an envelope key seals; what is sealed under a key of its own (audit rows) is not among them. */
export const sealedFieldNames = [
  'signing-key',
  'subject-audit-key',
  'refresh-family-secret',
  'device-origin',
] as const;
export type SealedFieldName = (typeof sealedFieldNames)[number];

export interface SealedField {
  readonly tenant: string;
  /** Of the row in its tenant. */
  readonly id: string;
  readonly sealed: string;
}

/** For sealing anew under another envelope key. About the whole deployment; each field names its tenant. */
export interface SealedFieldStore {
  /** In order of (tenant, id). */
  listAfter(
    name: SealedFieldName,
    after: Pick<SealedField, 'tenant' | 'id'> | null,
    limit: number,
  ): Promise<readonly SealedField[]>;
  /** Rows by the id of the envelope key in them. */
  count(name: SealedFieldName): Promise<Readonly<Record<string, number>>>;
  /**
   * Compare-and-swap of each, in one transaction with the changes that flush caches: a row that is gone or was written since
   * `field` was read stays as it is. Answers how many were replaced.
   */
  replace(
    name: SealedFieldName,
    replacements: readonly { readonly field: SealedField; readonly sealed: string }[],
  ): Promise<number>;
}

export interface Maintenance {
  /** Deletes one small batch of expired rows; answers how many. Called until it answers 0. */
  sweep(now: number, batch: number): Promise<number>;
  /** Rows per table, for the gauges. */
  countRows(): Promise<Readonly<Record<string, number>>>;
}

export interface Store {
  readonly tenants: TenantStore;
  readonly clients: ClientStore;
  readonly subjects: SubjectStore;
  readonly pairwiseSubjects: PairwiseSubjectStore;
  readonly groups: GroupStore;
  readonly sessions: SessionStore;
  readonly logoutDeliveries: LogoutDeliveryStore;
  readonly consents: ConsentStore;
  readonly pushedRequests: PushedRequestStore;
  readonly codes: AuthorizationCodeStore;
  readonly deviceCodes: DeviceCodeStore;
  readonly refreshFamilies: RefreshFamilyStore;
  readonly accessTokens: AccessTokenStore;
  readonly revocations: RevocationStore;
  readonly keys: SigningKeyStore;
  readonly oneTimeTokens: OneTimeTokenStore;
  readonly initialAccessTokens: InitialAccessTokenStore;
  readonly sealedFields: SealedFieldStore;
  readonly audit: AuditStore;
  readonly changes: ChangeFeed;
  readonly maintenance: Maintenance;
  /** Resolves when one cheap read and the write queue answer; throws StorageError otherwise. For `/readyz`. */
  check(): Promise<void>;
  /** The clock of the database now, in epoch milliseconds; null where the database has none of its own. Throws StorageError. */
  databaseTimeMs(): Promise<number | null>;
  /** Writes closing audit records of this process's chains, drains the queue, releases everything. */
  close(): Promise<void>;
}

export interface EphemeralStore {
  /** Whether this caller was first. A key stays claimed until `expiresAt`, by the store's own clock, and is found with an empty value. */
  putIfAbsent(key: string, expiresAt: number): Promise<boolean>;
  put(key: string, value: string, expiresAt: number): Promise<void>;
  find(key: string, now: number): Promise<string | undefined>;
  /** Compare-and-swap of the whole value; keeps the expiry. */
  replace(key: string, expected: string, next: string): Promise<boolean>;
  /** The value to at most one caller. */
  take(key: string, now: number): Promise<string | undefined>;
  /**
   * Token bucket. `cost` is negative for a refund, which never exceeds the capacity. Atomic over every process.
   * Asking with cost 0 only looks whether a cost of 1 would be allowed. A refused cost takes nothing.
   */
  spend(bucket: string, cost: number, rule: BucketRule, nowMs: number): Promise<SpendOutcome>;
  /** Resolves when it answers; throws StorageError otherwise. For `/readyz`. */
  check(): Promise<void>;
  /** Releases what is its own. */
  close(): Promise<void>;
}

export interface BucketRule {
  readonly capacity: number;
  readonly refillPerSecond: number;
}

export interface SpendOutcome {
  readonly allowed: boolean;
  /** Whole seconds, rounded up; 0 when allowed. */
  readonly retryAfterSeconds: number;
}
