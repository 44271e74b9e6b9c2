export { createIdTokenHints, type IdTokenHints } from './id-token-hints.ts';
export {
  type Authentication,
  createTokenIssuer,
  type PreparedIdToken,
  type TokenIssuer,
} from './issuer.ts';
export { findLiveFamily, findProvenFamily } from './live-family.ts';
export { createLogoutTokens, type LogoutTokens } from './logout-tokens.ts';
export { familySealingContext, issueRefreshToken } from './refresh-token.ts';
export { createResponseEncryption, type ResponseEncryption } from './response-encryption.ts';
export { createRevocations, type TokenOrigin } from './revocations.ts';
export { hashSecret } from './secret.ts';
export { keyReference, signJwt } from './sign-jwt.ts';
export { type AccessTokenVerifier, createAccessTokenVerifier } from './verifier.ts';
