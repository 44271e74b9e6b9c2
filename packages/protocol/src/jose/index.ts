export {
  allowsAlgorithm,
  findSigningAlgorithm,
  type SigningAlgorithm,
  type SigningAlgorithmName,
  signingAlgorithms,
} from './algorithms.ts';
export { decodeBase64url, encodeBase64url } from './base64url.ts';
export {
  type ContentEncryptionName,
  contentEncryptions,
  defaultContentEncryption,
  findKeyManagement,
  type KeyManagement,
  type KeyManagementName,
  keyManagementAlgorithms,
} from './encryption-algorithms.ts';
export {
  type EncryptionKey,
  fitsKeyManagement,
  importEncryptionKey,
  parseEncryptionKey,
} from './encryption-key.ts';
export { JoseError, type JoseErrorCode } from './jose-error.ts';
export { encryptCompact, type JweHeader } from './jwe.ts';
export { type Jwk, parseJwk, thumbprint } from './jwk.ts';
export {
  hasVerificationKey,
  type JwkSet,
  type JwkSetOptions,
  parseJwkSet,
  selectEncryptionKey,
  selectKeys,
} from './jwk-set.ts';
export {
  type DecodedJws,
  encodeJws,
  hasType,
  type JwsHeader,
  type JwsLimits,
  joinJws,
  parseJws,
  parsePayload,
  verifyJws,
  verifyJwsSync,
} from './jws.ts';
export { isJsonObject, type JsonLimits, parseStrictJson, parseStrictJsonObject } from './strict-json.ts';
export { fitsAlgorithm, importVerificationKey, type VerificationKey } from './verification-key.ts';
