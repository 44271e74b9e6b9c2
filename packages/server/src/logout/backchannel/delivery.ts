/** One attempt to tell one client that a session has ended (OpenID Connect Back-Channel Logout §2.5, §2.8). */
import { OAuthError } from '@countersign/protocol';
import { issuerOf } from '../../http/issuer.ts';
import { type Clock, type Outbound, OutboundError } from '../../ports.ts';
import type { ClientRecord, LogoutDeliveryRecord, TenantRecord } from '../../storage/ports.ts';
import type { LogoutTokens } from '../../tokens/index.ts';
import { attemptTimeoutMs } from './schedule.ts';

export interface DeliveryParts {
  readonly findTenant: (id: string) => Promise<TenantRecord | undefined>;
  readonly findClient: (tenant: string, id: string) => Promise<ClientRecord | undefined>;
  readonly tokens: LogoutTokens;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly publicUrl: string;
}

/** Where to tell it. */
export interface Address {
  readonly client: ClientRecord;
  readonly issuer: string;
  readonly uri: string;
}

export type Attempt =
  | { readonly outcome: 'delivered' }
  | {
      readonly outcome: 'failed';
      /** Machine-readable, without anything of the client's answer. */
      readonly reason: string;
      /** What trying again would not change. */
      readonly isFinal: boolean;
      /** Nothing came back in time. */
      readonly isSilent: boolean;
    };

export interface Delivery {
  /** undefined when there is nobody to tell: the client is gone, or wants to hear nothing. A disabled one is told. */
  addressOf(owed: LogoutDeliveryRecord): Promise<Address | undefined>;
  /** Does not throw for what the client or the network does. */
  attempt(owed: LogoutDeliveryRecord, address: Address): Promise<Attempt>;
}

/** The answer says nothing that is acted upon. */
const maxAnswerBytes = 16_384;

export function createDelivery(parts: DeliveryParts): Delivery {
  const { findTenant, findClient, tokens, outbound, clock, publicUrl } = parts;
  return {
    async addressOf({ tenant: tenantId, clientId }) {
      const [tenant, client] = await Promise.all([findTenant(tenantId), findClient(tenantId, clientId)]);
      const uri = client?.metadata.backchannelLogoutUri;
      if (tenant === undefined || client === undefined || uri === undefined) return undefined;
      return { client, issuer: issuerOf(tenant, publicUrl), uri };
    },

    async attempt({ subject, sessionId }, { client, issuer, uri }) {
      try {
        const token = await tokens.issue({ client, issuer, subject, sessionId, now: clock.now() });
        const { status } = await outbound.send({
          method: 'POST',
          url: uri,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ logout_token: token }).toString(),
          maxBytes: maxAnswerBytes,
          timeoutMs: attemptTimeoutMs,
        });
        // §2.8 asks for 200; a framework that sends nothing makes 204 of it.
        if (status === 200 || status === 204) return { outcome: 'delivered' };
        return failed(`status_${status}`);
      } catch (error) {
        if (error instanceof OutboundError) {
          return {
            outcome: 'failed',
            reason: error.code,
            isFinal: error.code === 'forbidden_url' || error.code === 'forbidden_address',
            isSilent: error.code === 'timeout' || error.code === 'unreachable',
          };
        }
        // The client's ID tokens are encrypted, and it has no key for that at this moment.
        if (error instanceof OAuthError) return failed('no_encryption_key');
        throw error;
      }
    },
  };
}

function failed(reason: string): Attempt {
  return { outcome: 'failed', reason, isFinal: false, isSilent: false };
}
