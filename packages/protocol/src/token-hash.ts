import { createHash } from 'node:crypto';
import { findSigningAlgorithm, type SigningAlgorithmName } from './jose/algorithms.ts';
import { JoseError } from './jose/jose-error.ts';

/** A signing key as a token's header names it. */
export interface SigningKeyRef {
  readonly kid: string;
  readonly alg: SigningAlgorithmName;
}

/**
 * `at_hash`, `c_hash` or `s_hash`: the left half of the token's hash, base64url. The hash is that of the id token's
 * algorithm: SHA-256; SHA-512 for Ed25519; 64 bytes of SHAKE256 for ML-DSA.
 * @throws {JoseError} `unsupported_algorithm`
 * @see OpenID Connect Core §3.1.3.6, §3.3.2.11, OpenID Connect Token Hash Algorithm Implementer's Guide
 */
export function tokenHash(token: string, alg: string): string {
  const algorithm = findSigningAlgorithm(alg);
  if (algorithm === undefined)
    throw new JoseError('unsupported_algorithm', 'unsupported signature algorithm');
  const { name, outputBytes } = algorithm.tokenHash;
  const options = outputBytes === undefined ? {} : { outputLength: outputBytes };
  const digest = createHash(name, options).update(token, 'ascii').digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
