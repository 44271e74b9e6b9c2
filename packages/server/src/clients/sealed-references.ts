/** A sealed server reads nothing that a client publishes elsewhere, and says so when the client registers. */
import { type ClientMetadata, OAuthError } from '@countersign/protocol';
import type { ClientCheck } from './metadata.ts';

interface Reference {
  /** Its name on the wire. */
  readonly member: string;
  readonly values: (metadata: ClientMetadata) => readonly string[];
  readonly remedy: string;
}

const references: readonly Reference[] = [
  {
    member: 'jwks_uri',
    values: ({ jwksUri }) => (jwksUri === undefined ? [] : [jwksUri]),
    remedy: 'register the keys themselves, as jwks',
  },
  {
    member: 'sector_identifier_uri',
    values: ({ sectorIdentifierUri }) => (sectorIdentifierUri === undefined ? [] : [sectorIdentifierUri]),
    remedy: 'leave it out, and let all redirect URIs have one host',
  },
  {
    member: 'request_uris',
    values: ({ requestUris }) => requestUris,
    remedy: 'push the request (RFC 9126), or send it by value as request',
  },
];

/**
 * Refuses what would have to be fetched from the client. What a client registered before the server was sealed does not hold up a change of
 * something else; it is not read either. A `backchannel_logout_uri` is taken: what is owed to it waits.
 * @see RFC 7591 §3.2.2
 */
export function createSealedReferenceCheck(parts: { readonly sealed: boolean }): ClientCheck {
  return async (metadata, _tenant, previous) => {
    if (!parts.sealed) return;
    for (const { member, values, remedy } of references) {
      const known = previous === undefined ? [] : values(previous);
      if (values(metadata).every((value) => known.includes(value))) continue;
      throw new OAuthError(
        'invalid_client_metadata',
        `${member} is not served: this server reads nothing from the network (outbound.sealed); ${remedy}`,
      );
    }
  };
}
