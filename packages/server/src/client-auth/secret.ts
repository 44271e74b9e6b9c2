import type { ClientRecord } from '../storage/ports.ts';
import { clientRefusal } from './refusal.ts';

export interface SecretParts {
  /** True when `presented` is a live secret of this client; does equal work for an unknown one. */
  readonly verifyClientSecret: (
    client: ClientRecord | undefined,
    presented: string,
    now: number,
  ) => Promise<boolean>;
}

/**
 * `client_secret_basic` and `client_secret_post`: a client uses the one it is registered for.
 * @see RFC 6749 §2.3.1, OpenID Connect Core §9
 */
export async function authenticateBySecret(
  parts: SecretParts,
  client: ClientRecord | undefined,
  method: 'client_secret_basic' | 'client_secret_post',
  secret: string,
  now: number,
): Promise<ClientRecord> {
  const matches = await parts.verifyClientSecret(client, secret, now);
  if (client === undefined) throw clientRefusal('unknown client');
  if (client.metadata.tokenEndpointAuthMethod !== method) {
    throw clientRefusal(`registered for ${client.metadata.tokenEndpointAuthMethod}, used ${method}`);
  }
  if (!matches) throw clientRefusal('wrong secret');
  return client;
}
