import type { ClientMetadata, Profile } from './client-metadata.ts';
import { invalidMember } from './client-metadata-reader.ts';
import { OAuthError } from './errors.ts';
import { findKeyManagement } from './jose/encryption-algorithms.ts';
import { hasVerificationKey, selectEncryptionKey } from './jose/jwk-set.ts';
import { sectorIdentifier } from './sector.ts';

type Rule = (metadata: ClientMetadata, profile: Profile) => void;

/**
 * Checks the members of a registration against each other and against the profile, rule by rule in a fixed order. Also
 * for stored metadata when a tenant changes its profile.
 * @throws {OAuthError} `invalid_redirect_uri`, `invalid_client_metadata`
 */
export function validateClientMetadata(metadata: ClientMetadata, profile: Profile): void {
  for (const rule of rules) rule(metadata, profile);
}

/** FAPI 2.0 Security Profile §5.4: RS256 is not among them. */
const fapiAlgorithms: readonly string[] = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];
const fapiAuthMethods: readonly string[] = [
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
];

const codeGrantHasRedirectUri: Rule = ({ grantTypes, redirectUris }) => {
  if (grantTypes.includes('authorization_code') && redirectUris.length === 0) {
    throw new OAuthError(
      'invalid_redirect_uri',
      'redirect_uris is required for the authorization_code grant',
      {
        feature: 'redirect_uri',
      },
    );
  }
};

/** RFC 7591 §2.1: `code` and `authorization_code` come together. */
const responseTypesFitGrants: Rule = ({ grantTypes, responseTypes }) => {
  if (grantTypes.length === 0) throw invalidMember('grant_types', 'is empty', 'grant_type');
  if (grantTypes.includes('authorization_code') !== responseTypes.includes('code')) {
    throw invalidMember('response_types', 'does not fit grant_types', 'response_type');
  }
};

const publicClientHasNoOwnGrant: Rule = ({ tokenEndpointAuthMethod, grantTypes }) => {
  if (tokenEndpointAuthMethod === 'none' && grantTypes.includes('client_credentials')) {
    throw invalidMember(
      'grant_types',
      'has client_credentials, which a public client cannot use',
      'grant_type',
    );
  }
};

/** RFC 7591 §2: `jwks` and `jwks_uri` never together. */
const keysComeFromOnePlace: Rule = ({ jwks, jwksUri, tokenEndpointAuthMethod }) => {
  if (jwks !== undefined && jwksUri !== undefined)
    throw invalidMember('jwks', 'and jwks_uri exclude each other');
  const needsKeys = ['private_key_jwt', 'self_signed_tls_client_auth'].includes(tokenEndpointAuthMethod);
  if (needsKeys && jwksUri === undefined && (jwks === undefined || !hasVerificationKey(jwks))) {
    throw invalidMember('jwks', `or jwks_uri is required for ${tokenEndpointAuthMethod}`);
  }
};

/**
 * OpenID Connect Core §10.2: what is to be encrypted needs a key of the client's that fits, and that the header can name. What a
 * jwks_uri holds shows only when an answer is made.
 */
const encryptionHasKey: Rule = (metadata) => {
  const wished = {
    id_token_encrypted_response_alg: metadata.idTokenEncryptedResponseAlg,
    userinfo_encrypted_response_alg: metadata.userinfoEncryptedResponseAlg,
    introspection_encrypted_response_alg: metadata.introspectionEncryptedResponseAlg,
  };
  for (const [member, name] of Object.entries(wished)) {
    const algorithm = name === undefined ? undefined : findKeyManagement(name);
    if (algorithm === undefined || metadata.jwksUri !== undefined) continue;
    if (metadata.jwks === undefined) throw invalidMember(member, 'needs jwks or jwks_uri');
    if (selectEncryptionKey(metadata.jwks, algorithm) === undefined) {
      throw invalidMember(member, `needs a key in jwks that fits ${name} and has a kid`);
    }
  }
};

/** RFC 8705 §2.1.2: exactly one name for `tls_client_auth`. */
const certificateHasName: Rule = ({ tokenEndpointAuthMethod, tlsClientAuth }) => {
  if ((tokenEndpointAuthMethod === 'tls_client_auth') !== (tlsClientAuth !== undefined)) {
    throw invalidMember('tls_client_auth', 'goes with exactly one certificate name');
  }
};

const defaultScopeIsAllowed: Rule = ({ scope, defaultScope }) => {
  if (!defaultScope.every((token) => scope.includes(token))) {
    throw invalidMember('default_scope', 'is not part of scope');
  }
};

/** RFC 7636, RFC 9700 §2.1.1: only a confidential web client has other means against injected codes. */
const pkceExceptionIsEarned: Rule = (metadata, profile) => {
  if (metadata.requirePkce) return;
  const forbids = profile === 'strict' || profile === 'fapi2-security';
  if (forbids || metadata.tokenEndpointAuthMethod === 'none' || metadata.applicationType === 'native') {
    throw invalidMember('require_pkce', 'cannot be false for this client or profile', 'pkce');
  }
};

/** RFC 9700 §2.2.2: a public client rotates; FAPI 2.0 §5.3.2.1: nobody does. */
const rotationFitsProfile: Rule = (metadata, profile) => {
  if (profile === 'fapi2-security' && metadata.rotateRefreshTokens) {
    throw invalidMember('rotate_refresh_tokens', 'must be false under fapi2-security');
  }
  if (metadata.tokenEndpointAuthMethod === 'none' && !metadata.rotateRefreshTokens) {
    throw invalidMember('rotate_refresh_tokens', 'must be true for a public client');
  }
};

/** OpenID Connect Core §8.1: one host, or a document that names all URIs. */
const sectorIsDetermined: Rule = (metadata) => {
  const { subjectType, sectorIdentifierUri } = metadata;
  if (sectorIdentifierUri !== undefined && !sectorIdentifierUri.startsWith('https://')) {
    throw invalidMember('sector_identifier_uri', 'is not an https URL');
  }
  if (subjectType === 'pairwise' && sectorIdentifier(metadata) === undefined) {
    throw invalidMember(
      'sector_identifier_uri',
      'is required unless all redirect URIs share one host of your own',
    );
  }
};

const signedRequestsHaveKeys: Rule = ({ requireSignedRequestObject, jwks, jwksUri }) => {
  if (!requireSignedRequestObject || jwksUri !== undefined) return;
  if (jwks === undefined || !hasVerificationKey(jwks)) {
    throw invalidMember('require_signed_request_object', 'needs a key for signatures in jwks, or jwks_uri');
  }
};

/** FAPI 2.0 Security Profile §5.3.2.1, §5.3.2.2. */
const fapiClient: Rule = (metadata, profile) => {
  if (profile !== 'fapi2-security') return;
  if (!fapiAuthMethods.includes(metadata.tokenEndpointAuthMethod)) {
    throw invalidMember(
      'token_endpoint_auth_method',
      'must be private_key_jwt or mutual TLS under fapi2-security',
    );
  }
  if (metadata.senderConstraint === 'none') {
    throw invalidMember('sender_constraint', 'cannot be none under fapi2-security');
  }
  if (!metadata.requirePushedAuthorizationRequests) {
    throw invalidMember('require_pushed_authorization_requests', 'cannot be false under fapi2-security');
  }
  const isPlainHttp = (uri: string) => new URL(uri).protocol === 'http:';
  if (metadata.applicationType === 'web' && metadata.redirectUris.some(isPlainHttp)) {
    throw new OAuthError('invalid_redirect_uri', 'redirect_uris must use https under fapi2-security', {
      feature: 'redirect_uri',
    });
  }
};

const fapiClientAlgorithms: Rule = (metadata, profile) => {
  if (profile !== 'fapi2-security') return;
  const chosen = {
    token_endpoint_auth_signing_alg: metadata.tokenEndpointAuthSigningAlg,
    id_token_signed_response_alg: metadata.idTokenSignedResponseAlg,
    userinfo_signed_response_alg: metadata.userinfoSignedResponseAlg,
    authorization_signed_response_alg: metadata.authorizationSignedResponseAlg,
    introspection_signed_response_alg: metadata.introspectionSignedResponseAlg,
    request_object_signing_alg: metadata.requestObjectSigningAlg,
  };
  for (const [member, algorithm] of Object.entries(chosen)) {
    if (algorithm !== undefined && !fapiAlgorithms.includes(algorithm)) {
      throw invalidMember(member, 'must be PS256, ES256 or EdDSA under fapi2-security');
    }
  }
};

const rules: readonly Rule[] = [
  codeGrantHasRedirectUri,
  responseTypesFitGrants,
  publicClientHasNoOwnGrant,
  keysComeFromOnePlace,
  encryptionHasKey,
  certificateHasName,
  defaultScopeIsAllowed,
  fapiClient,
  pkceExceptionIsEarned,
  rotationFitsProfile,
  sectorIsDetermined,
  signedRequestsHaveKeys,
  fapiClientAlgorithms,
];
