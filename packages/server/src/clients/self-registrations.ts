/** Clients that register themselves, change and end their registration (RFC 7591, RFC 7592). */
import { type ClientMetadata, issueSubjectId } from '@countersign/protocol';
import type { Features } from '../keys/index.ts';
import type { Random } from '../ports.ts';
import type {
  ClientRecord,
  ClientStore,
  InitialAccessTokenRecord,
  SelfRegistration,
  TenantRecord,
} from '../storage/ports.ts';
import type { PasswordHasher } from '../subjects/index.ts';
import type { Requester } from '../tenants/index.ts';
import { ClientError } from './client-error.ts';
import { type ClientCheck, readMetadata } from './metadata.ts';
import { makeRegistrationToken } from './registration-token.ts';
import { hasSecret, type NewSecret, prepareSecret } from './secret.ts';
import { createClientTrail, type Details } from './trail.ts';
import { endOfUnused } from './unused.ts';

/** What a client says of itself. */
export interface SelfDescription {
  /** By registered names; what a statement says stands over what the request says. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly statement: VerifiedStatement | null;
}

/** A software statement of an issuer that the tenant trusts, verified (RFC 7591 §2.3). */
export interface VerifiedStatement {
  readonly text: string;
  /** The members that it made, by registered names. */
  readonly vouched: readonly string[];
}

export type Registered =
  | {
      readonly outcome: 'registered';
      readonly client: ClientRecord;
      /** Shown once, kept nowhere; null for a client that has none. */
      readonly secret: string | null;
      /** Manages the registration; shown once, kept as a hash. */
      readonly token: string;
    }
  | { readonly outcome: 'full' | 'refused' };

export type Reregistered =
  | {
      readonly outcome: 'replaced';
      readonly client: ClientRecord;
      /** Null when the client has none, or still the one it had. */
      readonly secret: string | null;
    }
  | { readonly outcome: 'gone' };

export interface SelfRegistrations {
  /**
   * Gives the client an id, an SVC id, a registration token, and a secret where its authentication needs one. `full`: the
   * tenant takes no more; `refused`: the last use of the token went to somebody else. Nothing was written then.
   * @throws {OAuthError} `invalid_redirect_uri`, `invalid_client_metadata`
   */
  register(
    requester: Requester,
    tenant: TenantRecord,
    description: SelfDescription,
    initialToken: InitialAccessTokenRecord | null,
  ): Promise<Registered>;
  /**
   * Replaces the whole registration; what is not named goes to its default, what an operator granted beside it too. The id, the
   * registration token and the secret stay; a secret is made or ended when the authentication method asks for it.
   * `gone`: removed, disabled or declared meanwhile.
   * @throws {OAuthError} as `register`; {@link ClientError} `busy`
   */
  replace(
    requester: Requester,
    tenant: TenantRecord,
    client: ClientRecord,
    description: SelfDescription,
  ): Promise<Reregistered>;
  /** Ends the client with its grants and tokens. False when it was gone. */
  remove(requester: Requester, tenant: string, id: string): Promise<boolean>;
}

const maxAttempts = 5;

export function createSelfRegistrations(parts: {
  readonly store: ClientStore;
  readonly hasher: PasswordHasher;
  readonly random: Random;
  /** How long a revocation must be remembered: the longest life of an access token. */
  readonly revocationSeconds: number;
  /** Asked, in order, before anything is written. */
  readonly checks: readonly ClientCheck[];
  readonly features: Features;
}): SelfRegistrations {
  const { store, hasher, random, revocationSeconds, checks, features } = parts;
  const trail = createClientTrail(random);

  function read(
    tenant: TenantRecord,
    { members, statement }: SelfDescription,
    previous?: ClientMetadata,
  ): Promise<ClientMetadata> {
    const from = { source: 'dynamic', vouched: statement?.vouched ?? [] } as const;
    return readMetadata(tenant, members, { from, checks, features, previous });
  }

  function makeSecret(metadata: ClientMetadata, createdAt: number): Promise<NewSecret | undefined> {
    if (!hasSecret(metadata)) return Promise.resolve(undefined);
    return prepareSecret({ random, hasher }, { chosen: null, createdAt, expiresAt: 0 });
  }

  return {
    async register(requester, tenant, description, initialToken) {
      const metadata = await read(tenant, description);
      const { now } = requester;
      const secret = await makeSecret(metadata, now);
      const { token, hash } = makeRegistrationToken(random);
      const client: ClientRecord = {
        tenant: tenant.id,
        id: Buffer.from(random.bytes(16)).toString('hex'),
        subject: issueSubjectId('svc', tenant.id, random.bytes(16)),
        metadata,
        secrets: secret === undefined ? [] : [secret.record],
        applied: false,
        selfRegistration: {
          tokenHash: hash,
          initialToken: initialToken?.id ?? null,
          softwareStatement: description.statement?.text ?? null,
        },
        lastUsedAt: 0,
        disabledAt: 0,
        createdAt: now,
        updatedAt: now,
        version: 1,
      };
      const { dynamicClients } = tenant.settings;
      const outcome = await store.register(
        client,
        {
          maxClients: dynamicClients.maxClients,
          initialToken: initialToken?.hash ?? null,
          now,
          dueAt: endOfUnused(
            { createdAt: now, lastUsedAt: 0, admitted: initialToken !== null },
            dynamicClients,
          ),
        },
        trail(requester, tenant.id, client.id, 'client.registered', {
          source: 'dynamic',
          ...factsOf(metadata),
          subject: client.subject,
          ...(initialToken !== null && { initialToken: initialToken.id }),
        }),
      );
      if (outcome !== 'registered') return { outcome };
      return { outcome, client, secret: secret?.generated ?? null, token };
    },

    async replace(requester, tenant, { id, metadata: previous }, description) {
      const metadata = await read(tenant, description, previous);
      const needsSecret = hasSecret(metadata);
      const entry = trail(requester, tenant.id, id, 'client.changed', {
        source: 'dynamic',
        ...factsOf(metadata),
      });
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const before = await store.find(tenant.id, id);
        if (before === undefined || before.selfRegistration === null || before.disabledAt !== 0)
          return { outcome: 'gone' };
        const keepsSecret = needsSecret && before.secrets.length > 0;
        const made = keepsSecret ? undefined : await makeSecret(metadata, requester.now);
        const selfRegistration: SelfRegistration = {
          ...before.selfRegistration,
          softwareStatement: description.statement?.text ?? null,
        };
        const client: ClientRecord = {
          ...before,
          metadata,
          secrets: keepsSecret ? before.secrets : made === undefined ? [] : [made.record],
          selfRegistration,
          updatedAt: requester.now,
          version: before.version + 1,
        };
        const secrets = keepsSecret ? 'keep' : 'replace';
        if ((await store.reregister(client, before.version, secrets, entry)) === 'replaced') {
          return { outcome: 'replaced', client, secret: made?.generated ?? null };
        }
      }
      throw new ClientError('busy', `Others keep changing the client ${id}. Nothing was changed; try again.`);
    },

    async remove(requester, tenant, id) {
      const revocation = {
        tenant,
        kind: 'client' as const,
        id,
        revokedAt: requester.now,
        expiresAt: requester.now + revocationSeconds,
      };
      const entry = trail(requester, tenant, id, 'client.removed', { source: 'dynamic', by: 'client' });
      return store.remove(tenant, id, revocation, entry);
    },
  };
}

function factsOf({ tokenEndpointAuthMethod, grantTypes }: ClientMetadata): Details {
  return { authMethod: tokenEndpointAuthMethod, grants: grantTypes.join(' ') };
}
