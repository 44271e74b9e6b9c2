/** The infrastructure ports beside storage: time, chance, keys. Two implementations each: the real one and one a test steers. */
import type { Sealed } from './storage/secrets.ts';

export interface Clock {
  /** Epoch seconds, whole. Taken once per request, so that every time in one answer agrees. */
  now(): number;
  /** Epoch milliseconds, for buckets and measurements. */
  nowMs(): number;
}

export interface Random {
  /** Cryptographically strong bytes. */
  bytes(size: number): Uint8Array;
  /** `size` strong bytes as base64url. */
  token(size: number): string;
}

/** Makes signatures with keys it keeps, and seals what the store keeps. Private material never leaves it unsealed. */
export interface Signer {
  /** A new key pair; the private half comes back sealed. */
  generate(algorithm: string, context: string): Promise<GeneratedKey>;
  /** Seals an imported private key (PKCS#8 PEM). Throws SignerError on a wrong type, curve or size. */
  adopt(algorithm: string, pem: string, context: string): Promise<GeneratedKey>;
  /** JWS signature over `signingInput`. Fast algorithms resolve without leaving the thread. */
  sign(
    algorithm: string,
    privateKey: Sealed<'signing-key'>,
    context: string,
    signingInput: string,
  ): Promise<Uint8Array> | Uint8Array;
}

export interface GeneratedKey {
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly privateKey: Sealed<'signing-key'>;
}

/** AES-256-GCM under an envelope key. `context` is bound as additional data: a sealed value moved to another row does not open. */
export interface Vault {
  seal<Purpose extends string>(purpose: Purpose, context: string, plaintext: Uint8Array): Sealed<Purpose>;
  /** Throws VaultError when the value was altered, moved, or its envelope key is not here. */
  unseal<Purpose extends string>(purpose: Purpose, context: string, sealed: Sealed<Purpose>): Uint8Array;
  /** A 32-byte key for one named use, derived from the newest envelope key (HKDF-SHA-256). */
  derive(label: string): Uint8Array;
}
