import { createHash } from 'node:crypto';
import { parseClientAssertion, verifyClientAssertion } from '@countersign/protocol';
import type { ClientKeys } from '../clients/index.ts';
import type { RequestContext } from '../http/context.ts';
import type { ClientRecord, EphemeralStore } from '../storage/ports.ts';
import { acceptedAlgorithms, clientAuthRules } from './methods.ts';
import { clientRefusal } from './refusal.ts';

export interface AssertionParts {
  readonly ephemeral: EphemeralStore;
  readonly findClient: (tenant: string, id: string) => Promise<ClientRecord | undefined>;
  readonly clientKeys: Pick<ClientKeys, 'verificationKeys'>;
  readonly assertionSkewSeconds: number;
}

/** How far ahead an assertion may expire: each one must be remembered until then. */
const maxLifetimeSeconds = 3600;

/**
 * `private_key_jwt`. The signature is checked before the `jti` is claimed, so that a forgery claims nothing; the claim
 * is atomic over every process, so that one assertion authenticates once.
 * @see RFC 7523 §3, OpenID Connect Core §9
 */
export async function authenticateByAssertion(
  parts: AssertionParts,
  context: RequestContext,
  text: string,
  clientIdParameter: string | undefined,
  endpointUrl: string,
): Promise<ClientRecord> {
  const assertion = parseClientAssertion(text);
  if (clientIdParameter !== undefined && clientIdParameter !== assertion.clientId) {
    throw clientRefusal('client_id differs from the assertion');
  }
  const client = await parts.findClient(context.tenant.id, assertion.clientId);
  if (client?.metadata.tokenEndpointAuthMethod !== 'private_key_jwt')
    throw clientRefusal('not registered for assertions');
  const { profile } = context.tenant;
  const { issuerAudienceOnly } = clientAuthRules[profile];
  await verifyClientAssertion(assertion, {
    keys: await parts.clientKeys.verificationKeys(client, assertion.jws.header),
    algorithms: acceptedAlgorithms(profile, client.metadata.tokenEndpointAuthSigningAlg),
    audiences: issuerAudienceOnly ? [context.issuer] : [context.issuer, endpointUrl],
    requireSingleStringAudience: issuerAudienceOnly,
    now: context.now,
    skewSeconds: parts.assertionSkewSeconds,
    maxLifetimeSeconds,
  });
  const jti = createHash('sha256').update(assertion.jti).digest('base64url');
  const key = `assertion:${context.tenant.id}:${client.subject}:${jti}`;
  // A time may have a fraction (RFC 7519 §2); the store keeps whole seconds.
  const forgetAt = Math.ceil(assertion.expiresAt) + parts.assertionSkewSeconds + 1;
  const first = await parts.ephemeral.putIfAbsent(key, forgetAt);
  if (!first) throw clientRefusal('assertion used twice');
  return client;
}
