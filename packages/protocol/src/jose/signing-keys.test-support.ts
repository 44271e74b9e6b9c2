import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSigningAlgorithm, type SigningAlgorithmName } from './algorithms.ts';
import { encodeBase64url } from './base64url.ts';
import { JoseError } from './jose-error.ts';
import { type Jwk, parseJwk } from './jwk.ts';
import { encodeJws, joinJws } from './jws.ts';

export interface TestKey {
  readonly alg: SigningAlgorithmName;
  readonly jwk: Jwk;
  readonly privateKey: KeyObject;
}

function keyPair(alg: SigningAlgorithmName): { publicKey: KeyObject; privateKey: KeyObject } {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (alg === 'EdDSA' || alg === 'Ed25519') return generateKeyPairSync('ed25519');
  if (alg === 'ML-DSA-44') return generateKeyPairSync('ml-dsa-44');
  if (alg === 'ML-DSA-65') return generateKeyPairSync('ml-dsa-65');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

export function makeKey(alg: SigningAlgorithmName, kid: string = alg): TestKey {
  const { publicKey, privateKey } = keyPair(alg);
  return { alg, privateKey, jwk: parseJwk({ ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }) };
}

export function signInput(key: TestKey, signingInput: string, alg: SigningAlgorithmName = key.alg): string {
  const algorithm = findSigningAlgorithm(alg);
  if (algorithm === undefined) throw new JoseError('unsupported_algorithm', alg);
  const options = { key: key.privateKey, ...algorithm.nodeOptions };
  return joinJws(signingInput, sign(algorithm.digest, Buffer.from(signingInput), options));
}

export function signJwt(
  key: TestKey,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): string {
  const { signingInput } = encodeJws({ alg: key.alg, kid: key.jwk.kid, ...header }, claims);
  return signInput(key, signingInput);
}

/** For headers that our own encoder would not write. */
export function signRaw(key: TestKey, header: string, payload: string): string {
  return signInput(key, `${encodeBase64url(header)}.${encodeBase64url(payload)}`);
}

/** Absolute path of a file or folder of the outside vectors; undefined where they are not there. */
export function vectorPath(name: string): string | undefined {
  const folder = process.env.TEST_VECTORS_DIR;
  const path = folder === undefined ? undefined : join(folder, name);
  return path !== undefined && existsSync(path) ? path : undefined;
}

export function readVectors(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
