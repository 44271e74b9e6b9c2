import { type ClientMetadata, formatClientMetadata } from '@countersign/protocol';

/** The wire form without the members that say again what `sender_constraint` says. */
export function clientMembers(metadata: ClientMetadata): Record<string, unknown> {
  const {
    dpop_bound_access_tokens: _dpop,
    tls_client_certificate_bound_access_tokens: _tls,
    ...members
  } = formatClientMetadata(metadata);
  return members;
}
