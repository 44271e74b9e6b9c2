import {
  encodeJws,
  findSigningAlgorithm,
  joinJws,
  type SigningAlgorithmName,
} from '@countersign/protocol/jose';
import type { SigningKey } from '../keys/index.ts';

/** A key as the header of what it signs names it. */
export function keyReference(key: SigningKey): { readonly kid: string; readonly alg: SigningAlgorithmName } {
  const algorithm = findSigningAlgorithm(key.algorithm);
  if (algorithm === undefined) throw new TypeError(`a stored key of unknown algorithm ${key.algorithm}`);
  return { kid: key.kid, alg: algorithm.name };
}

/** A compact JWS over these claims. */
export async function signJwt(
  key: SigningKey,
  jwt: {
    readonly header: { readonly alg: SigningAlgorithmName; readonly [member: string]: unknown };
    readonly claims: Readonly<Record<string, unknown>>;
  },
): Promise<string> {
  const { signingInput } = encodeJws(jwt.header, jwt.claims);
  return joinJws(signingInput, await key.sign(signingInput));
}
