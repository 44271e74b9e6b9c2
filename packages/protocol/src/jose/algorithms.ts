import { constants } from 'node:crypto';

/** The signature algorithms of this project. Nothing symmetric, and no `none`, can be named. */
export type SigningAlgorithmName = 'ES256' | 'EdDSA' | 'Ed25519' | 'RS256' | 'PS256';

/** What an `alg` value means here: the one place where a string from outside becomes a key type and parameters. */
export interface SigningAlgorithm {
  readonly name: SigningAlgorithmName;
  /** Equal for synonyms: `Ed25519` (RFC 9864) and `EdDSA` are one algorithm for every key we take. */
  readonly family: 'ES256' | 'EdDSA' | 'RS256' | 'PS256';
  readonly keyType: 'EC' | 'OKP' | 'RSA';
  /** JWK `crv`; undefined for RSA. */
  readonly curve: 'P-256' | 'Ed25519' | undefined;
  /** Digest argument of node:crypto `sign` and `verify`; null where the algorithm hashes by itself. */
  readonly digest: 'sha256' | null;
  /** Hash for `at_hash`, `c_hash` and `s_hash` (OpenID Connect Core §3.1.3.6). */
  readonly tokenHash: 'sha256' | 'sha512';
  /** Exact length of a signature in bytes; undefined where it depends on the key. */
  readonly signatureBytes: number | undefined;
  /** Smallest modulus in bits; undefined for curves. */
  readonly minimumModulusBits: number | undefined;
  /** Key options of node:crypto `sign` and `verify`. */
  readonly nodeOptions: {
    readonly dsaEncoding?: 'ieee-p1363';
    readonly padding?: number;
    readonly saltLength?: number;
  };
}

const edwards = {
  family: 'EdDSA',
  keyType: 'OKP',
  curve: 'Ed25519',
  digest: null,
  tokenHash: 'sha512',
  signatureBytes: 64,
  minimumModulusBits: undefined,
  nodeOptions: {},
} as const;

const rsa = {
  keyType: 'RSA',
  curve: undefined,
  digest: 'sha256',
  tokenHash: 'sha256',
  signatureBytes: undefined,
  minimumModulusBits: 2048,
} as const;

const table: readonly SigningAlgorithm[] = [
  {
    name: 'ES256',
    family: 'ES256',
    keyType: 'EC',
    curve: 'P-256',
    digest: 'sha256',
    tokenHash: 'sha256',
    signatureBytes: 64,
    minimumModulusBits: undefined,
    nodeOptions: { dsaEncoding: 'ieee-p1363' },
  },
  { name: 'EdDSA', ...edwards },
  { name: 'Ed25519', ...edwards },
  { name: 'RS256', family: 'RS256', ...rsa, nodeOptions: { padding: constants.RSA_PKCS1_PADDING } },
  {
    name: 'PS256',
    family: 'PS256',
    ...rsa,
    nodeOptions: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  },
];

const byName: ReadonlyMap<string, SigningAlgorithm> = new Map(table.map((entry) => [entry.name, entry]));

/** Every algorithm, in our order of preference. */
export const signingAlgorithms: readonly SigningAlgorithm[] = table;

/**
 * Turns an `alg` value into its descriptor; undefined for `none`, the HMAC family and anything else we do not do.
 * The comparison is case-sensitive.
 * @see RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2
 */
export function findSigningAlgorithm(name: string): SigningAlgorithm | undefined {
  return byName.get(name);
}

/** Whether a list of accepted names admits an algorithm, `EdDSA` and `Ed25519` counting as one. */
export function allowsAlgorithm(allowed: readonly string[], algorithm: SigningAlgorithm): boolean {
  return allowed.some((name) => findSigningAlgorithm(name)?.family === algorithm.family);
}
