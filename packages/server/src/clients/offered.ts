/** What is signed for a client is signed with an algorithm that its tenant offers. */
import { type ClientMetadata, OAuthError } from '@countersign/protocol';
import { type Features, isSwitchedOn, offeredAlgorithms } from '../keys/index.ts';
import type { TenantRecord } from '../storage/ports.ts';

/** @throws {OAuthError} `invalid_client_metadata`, naming the member and what is offered */
export function refuseUnoffered(metadata: ClientMetadata, tenant: TenantRecord, features: Features): void {
  const offered = offeredAlgorithms(tenant, features);
  const chosen = {
    id_token_signed_response_alg: metadata.idTokenSignedResponseAlg,
    userinfo_signed_response_alg: metadata.userinfoSignedResponseAlg,
    introspection_signed_response_alg: metadata.introspectionSignedResponseAlg,
    authorization_signed_response_alg: metadata.authorizationSignedResponseAlg,
  };
  for (const [member, algorithm] of Object.entries(chosen)) {
    if (algorithm === undefined || offered.includes(algorithm)) continue;
    const reason = isSwitchedOn(algorithm, features)
      ? `is not offered here; choose ${offered.join(', ')}`
      : `${algorithm} is experimental and switched off (features.mlDsa); choose ${offered.join(', ')}`;
    throw new OAuthError('invalid_client_metadata', `${member}: ${reason}`);
  }
}
