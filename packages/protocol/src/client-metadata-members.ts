import type { ClientMetadata } from './client-metadata.ts';

/** Complete by type: a member that is added to the metadata is added here. */
const members: Readonly<Record<Exclude<keyof ClientMetadata, 'tlsClientAuth'>, true>> = {
  clientName: true,
  redirectUris: true,
  grantTypes: true,
  responseTypes: true,
  scope: true,
  defaultScope: true,
  tokenEndpointAuthMethod: true,
  tokenEndpointAuthSigningAlg: true,
  applicationType: true,
  jwks: true,
  jwksUri: true,
  idTokenSignedResponseAlg: true,
  idTokenEncryptedResponseAlg: true,
  idTokenEncryptedResponseEnc: true,
  userinfoSignedResponseAlg: true,
  userinfoEncryptedResponseAlg: true,
  userinfoEncryptedResponseEnc: true,
  authorizationSignedResponseAlg: true,
  introspectionSignedResponseAlg: true,
  introspectionEncryptedResponseAlg: true,
  introspectionEncryptedResponseEnc: true,
  requestObjectSigningAlg: true,
  requireSignedRequestObject: true,
  requestUris: true,
  requirePkce: true,
  senderConstraint: true,
  firstParty: true,
  alwaysRefresh: true,
  rotateRefreshTokens: true,
  accessTokenFormat: true,
  audiences: true,
  allowedOrigins: true,
  postLogoutRedirectUris: true,
  backchannelLogoutUri: true,
  backchannelLogoutSessionRequired: true,
  requirePushedAuthorizationRequests: true,
  defaultMaxAge: true,
  requireAuthTime: true,
  defaultAcrValues: true,
  subjectType: true,
  sectorIdentifierUri: true,
  initiateLoginUri: true,
  logoUri: true,
  policyUri: true,
  tosUri: true,
  clientUri: true,
  contacts: true,
  softwareId: true,
  softwareVersion: true,
  claimMappings: true,
};

/** `redirectUris` → `redirect_uris`. */
export function wireName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Every member that `parseClientMetadata` reads, by its wire name. */
export const clientMetadataMembers: readonly string[] = [
  ...Object.keys(members).map(wireName),
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
  'dpop_bound_access_tokens',
  'tls_client_certificate_bound_access_tokens',
];
