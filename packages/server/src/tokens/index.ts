export {
  type AccessTokenRequest,
  type Authentication,
  createTokenIssuer,
  type PreparedAccessToken,
  type PreparedIdToken,
  type TokenIssuer,
} from './issuer.ts';
export { findLiveFamily, findProvenFamily } from './live-family.ts';
export { familySealingContext, issueRefreshToken } from './refresh-token.ts';
export { createRevocations, type Revocations, type TokenOrigin } from './revocations.ts';
export { hashSecret } from './secret.ts';
export { type AccessTokenVerifier, createAccessTokenVerifier, type LiveAccessToken } from './verifier.ts';
