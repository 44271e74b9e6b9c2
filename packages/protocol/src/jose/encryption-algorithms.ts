/** How the content key of a JWE reaches its recipient. Only public keys: nothing symmetric, and no RSA1_5, can be named. */
export type KeyManagementName = 'RSA-OAEP-256' | 'ECDH-ES' | 'ECDH-ES+A128KW' | 'ECDH-ES+A256KW';

export type ContentEncryptionName = 'A128CBC-HS256' | 'A256CBC-HS512' | 'A128GCM' | 'A256GCM';

/** What the `alg` of a JWE means here: the one place where a string from outside becomes key types. */
export interface KeyManagement {
  readonly name: KeyManagementName;
  /** Types and curves of the keys it works with; RSA has no curve. */
  readonly keys: readonly { readonly kty: 'RSA' | 'EC' | 'OKP'; readonly crv?: 'P-256' | 'X25519' }[];
  /** `key_ops` of a public key that admit it. An ECDH key that lists none at all is admitted: its operations are the private half's. */
  readonly operations: readonly string[];
}

const agreement = {
  keys: [
    { kty: 'EC', crv: 'P-256' },
    { kty: 'OKP', crv: 'X25519' },
  ],
  operations: ['deriveKey', 'deriveBits'],
} as const;

const table: readonly KeyManagement[] = [
  { name: 'ECDH-ES', ...agreement },
  { name: 'ECDH-ES+A128KW', ...agreement },
  { name: 'ECDH-ES+A256KW', ...agreement },
  { name: 'RSA-OAEP-256', keys: [{ kty: 'RSA' }], operations: ['encrypt', 'wrapKey'] },
];

const byName: ReadonlyMap<string, KeyManagement> = new Map(table.map((entry) => [entry.name, entry]));

/** Every one that we encrypt with, in our order of preference. */
export const keyManagementAlgorithms: readonly KeyManagement[] = table;

/** Every content encryption, in our order of preference. */
export const contentEncryptions: readonly ContentEncryptionName[] = [
  'A256GCM',
  'A128GCM',
  'A256CBC-HS512',
  'A128CBC-HS256',
];

/** What is meant where a registration names an algorithm and no `enc` (OpenID Connect Registration §2, RFC 9701 §6). */
export const defaultContentEncryption: ContentEncryptionName = 'A128CBC-HS256';

/**
 * Turns the `alg` of a JWE into its descriptor; undefined for RSA1_5, RSA-OAEP with SHA-1, `dir`, key wrapping under a shared
 * secret, passwords and anything else we do not do. Case-sensitive.
 * @see RFC 7518 §4.1, RFC 8037 §3.2
 */
export function findKeyManagement(name: string): KeyManagement | undefined {
  return byName.get(name);
}
