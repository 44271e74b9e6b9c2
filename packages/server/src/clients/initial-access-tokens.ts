/** Initial access tokens (RFC 7591 §1.2): what an operator hands to somebody who may register clients. */
import { hash } from 'node:crypto';
import type { Random } from '../ports.ts';
import type {
  InitialAccessTokenRecord,
  InitialAccessTokenStore,
  TenantRecord,
  Trail,
} from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import { auditChange, type Requester } from '../tenants/index.ts';
import { ClientError } from './client-error.ts';

export interface InitialAccessTokens {
  /**
   * A token of 256 random bits for `uses` registrations; shown once, kept as a hash. It may be made while the tenant's
   * registration is off, and then admits nobody.
   * @throws {ClientError} `invalid_token_bounds`
   */
  add(
    requester: Requester,
    tenant: TenantRecord,
    bounds: { readonly uses: number; readonly lifetimeSeconds: number },
  ): Promise<{ readonly record: InitialAccessTokenRecord; readonly token: string }>;
  list(tenant: string, now: number): Promise<readonly InitialAccessTokenRecord[]>;
  /** With uses left; undefined for anything else that could be presented. */
  findLive(tenant: string, presented: string, now: number): Promise<InitialAccessTokenRecord | undefined>;
  /** Ends it at once; clients that came with it stay. @throws {ClientError} `unknown_token` */
  revoke(requester: Requester, tenant: string, id: string): Promise<void>;
}

const prefix = 'cs_iat_';
const form = /^cs_iat_[A-Za-z0-9_-]{43}$/;
const maxLifetimeSeconds = 365 * 86_400;

export function createInitialAccessTokens(parts: {
  readonly store: InitialAccessTokenStore;
  readonly random: Random;
}): InitialAccessTokens {
  const { store, random } = parts;

  function trail(
    requester: Requester,
    tenant: string,
    id: string,
    action: string,
    details: Readonly<Record<string, number>> = {},
  ): Trail {
    return {
      audit: [
        auditChange(requester, { tenant, action, target: { kind: 'initial-access-token', id }, details }),
      ],
      events: [
        {
          id: random.token(16),
          tenant,
          type: action,
          at: requester.now,
          subject: null,
          data: { ...details, token: id },
        },
      ],
    };
  }

  return {
    async add(requester, tenant, { uses, lifetimeSeconds }) {
      const most = tenant.settings.dynamicClients.maxUsesPerToken;
      checkRange('uses', uses, most);
      checkRange('seconds to live', lifetimeSeconds, maxLifetimeSeconds);
      const token = `${prefix}${random.token(32)}`;
      const record: InitialAccessTokenRecord = {
        tenant: tenant.id,
        // Hexadecimal: it is typed on command lines.
        id: Buffer.from(random.bytes(8)).toString('hex'),
        hash: hashInitialToken(token),
        usesLeft: uses,
        createdAt: requester.now,
        expiresAt: requester.now + lifetimeSeconds,
      };
      const details = { uses, expiresAt: record.expiresAt };
      await store.create(
        record,
        trail(requester, tenant.id, record.id, 'initial-access-token.created', details),
      );
      return { record, token };
    },

    list: (tenant, now) => store.list(tenant, now),

    async findLive(tenant, presented, now) {
      return form.test(presented) ? store.findLive(tenant, hashInitialToken(presented), now) : undefined;
    },

    async revoke(requester, tenant, id) {
      if (!(await store.revoke(tenant, id, trail(requester, tenant, id, 'initial-access-token.revoked')))) {
        throw new ClientError(
          'unknown_token',
          `There is no initial access token ${JSON.stringify(id)} in the tenant ${tenant}.`,
        );
      }
    },
  };
}

/** 256 random bits: there is nothing to guess, and nothing to compare bit by bit. */
function hashInitialToken(token: string): Hashed<'initial-access-token'> {
  return hash('sha256', token, 'base64url') as Hashed<'initial-access-token'>;
}

function checkRange(what: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new ClientError('invalid_token_bounds', `An initial access token has 1 to ${most} ${what}.`);
}
