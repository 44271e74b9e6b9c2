export {
  type AccessTokenClaims,
  type AccessTokenExpectation,
  type AccessTokenHeader,
  type AccessTokenInput,
  type Actor,
  buildAccessToken,
  parseAccessToken,
  parseAccessTokenClaims,
} from './access-token.ts';
export {
  type ClaimMapping,
  type ClaimTarget,
  type MappedPerson,
  mapClaims,
  parseClaimMappings,
} from './claim-mapping.ts';
export { audienceList, formatAudience } from './claims.ts';
export {
  admitsValue,
  type ClaimsRequest,
  findRequestedClaim,
  parseClaimsRequest,
  type RequestedClaim,
} from './claims-request.ts';
export {
  type ClientAssertion,
  type ClientAssertionExpectation,
  clientAssertionType,
  parseClientAssertion,
  verifyClientAssertion,
} from './client-assertion.ts';
export {
  type ClientAuthMethod,
  type ClientMetadata,
  type ClientMetadataContext,
  formatClientMetadata,
  type GrantType,
  grantTypes,
  type Profile,
  parseClientMetadata,
  type SenderConstraint,
  type TlsClientAuthMember,
} from './client-metadata.ts';
export { clientMetadataMembers } from './client-metadata-members.ts';
export { validateClientMetadata } from './client-metadata-rules.ts';
export { type Confirmation, parseConfirmation } from './confirmation.ts';
export {
  OAuthError,
  type OAuthErrorCode,
  type OAuthErrorOptions,
  type ProfileFeature,
  toErrorDescription,
} from './errors.ts';
export {
  buildIdToken,
  type IdTokenClaims,
  type IdTokenHeader,
  type IdTokenHintExpectation,
  type IdTokenInput,
  parseIdTokenHint,
} from './id-token.ts';
export {
  acceptsIntrospectionJwt,
  buildIntrospectionResponse,
  type IntrospectionResponseHeader,
  type IntrospectionResponseInput,
  introspectionResponseType,
} from './introspection-response.ts';
export {
  allowsAlgorithm,
  type ContentEncryptionName,
  contentEncryptions,
  type DecodedJws,
  decodeBase64url,
  type EncryptionKey,
  encodeBase64url,
  encodeJws,
  encryptCompact,
  findKeyManagement,
  findSigningAlgorithm,
  fitsAlgorithm,
  hasType,
  importEncryptionKey,
  importVerificationKey,
  isJsonObject,
  JoseError,
  type JoseErrorCode,
  type JsonLimits,
  type Jwk,
  type JwkSet,
  type JwkSetOptions,
  type JwsHeader,
  type JwsLimits,
  joinJws,
  type KeyManagement,
  type KeyManagementName,
  keyManagementAlgorithms,
  parseJwk,
  parseJwkSet,
  parseJws,
  parsePayload,
  parseStrictJson,
  parseStrictJsonObject,
  type SigningAlgorithm,
  type SigningAlgorithmName,
  selectEncryptionKey,
  selectKeys,
  signingAlgorithms,
  thumbprint,
  type VerificationKey,
  verifyJws,
  verifyJwsSync,
} from './jose/index.ts';
export {
  buildLogoutToken,
  type LogoutTokenClaims,
  type LogoutTokenExpectation,
  type LogoutTokenHeader,
  type LogoutTokenInput,
  parseLogoutToken,
  verifyLogoutToken,
} from './logout-token.ts';
export {
  buildMetadata,
  type EndpointName,
  type MetadataInput,
  type MetadataPaths,
  metadataPaths,
} from './metadata.ts';
export { isPairwiseSubject, issuePairwiseSubject } from './pairwise-subject.ts';
export {
  type ParameterOptions,
  type Parameters,
  parseBasicCredentials,
  parseNonNegativeInteger,
  parseParameters,
  parseSpaceDelimited,
} from './params.ts';
export { type CodeChallenge, parseCodeChallenge, parseCodeVerifier, verifyCodeVerifier } from './pkce.ts';
export { type ApplicationType, isLoopbackHost, matchRedirectUri, parseRedirectUri } from './redirect-uri.ts';
export {
  parseRequestObject,
  type RequestObject,
  type RequestObjectExpectation,
  type RequestObjectRules,
  requestObjectRules,
  verifyRequestObject,
} from './request-object.ts';
export type { ParameterPairs } from './request-object-parameters.ts';
export { parseResource, resolveResources } from './resource.ts';
export { formatScope, parseScope, resolveScope, type ScopeRequest } from './scope.ts';
export { sectorIdentifier } from './sector.ts';
export {
  parseSoftwareStatement,
  type SoftwareStatement,
  type SoftwareStatementExpectation,
  verifySoftwareStatement,
} from './software-statement.ts';
export { claimsByScope, type PersonScope, scopeOfClaim } from './standard-claims.ts';
export {
  base62Encode,
  deterministicSubjectId,
  issueSubjectId,
  parseSubjectId,
  parseTenantId,
  type SubjectId,
  SubjectIdError,
  type SubjectIdErrorCode,
  type SubjectKind,
  subjectKinds,
  systemTenant,
  validateSubjectId,
} from './subject-id.ts';
export {
  type SubjectMetadata,
  SubjectMetadataError,
  type SubjectMetadataErrorCode,
  subjectMetadataMembers,
  validateSubjectMetadata,
} from './subject-metadata.ts';
export { type SigningKeyRef, tokenHash } from './token-hash.ts';
export { parseAbsoluteUri, type UriParts } from './uri.ts';
export { formatUserCode, makeUserCode, parseUserCode, userCodeCount } from './user-code.ts';
export {
  buildUserinfoResponse,
  type UserinfoResponseHeader,
  type UserinfoResponseInput,
} from './userinfo-response.ts';
