import { constants } from 'node:crypto';

/** The signature algorithms of this project. Nothing symmetric, and no `none`, can be named. */
export type SigningAlgorithmName =
  | 'ES256'
  | 'EdDSA'
  | 'Ed25519'
  | 'RS256'
  | 'PS256'
  | 'ML-DSA-44'
  | 'ML-DSA-65';

/** What an `alg` value means here: the one place where a string from outside becomes a key type and parameters. */
export interface SigningAlgorithm {
  readonly name: SigningAlgorithmName;
  /** Equal for synonyms: `Ed25519` (RFC 9864) and `EdDSA` are one algorithm for every key we take. */
  readonly family: 'ES256' | 'EdDSA' | 'RS256' | 'PS256' | 'ML-DSA-44' | 'ML-DSA-65';
  readonly keyType: 'EC' | 'OKP' | 'RSA' | 'AKP';
  /** JWK `crv`; undefined for RSA and AKP. */
  readonly curve: 'P-256' | 'Ed25519' | undefined;
  /** `asymmetricKeyType` of node:crypto. */
  readonly nodeKeyType: 'ec' | 'ed25519' | 'rsa' | 'ml-dsa-44' | 'ml-dsa-65';
  /** Exact length of `pub` in an AKP key; undefined for other types. */
  readonly publicKeyBytes: number | undefined;
  /** Digest argument of node:crypto `sign` and `verify`; null where the algorithm hashes by itself. */
  readonly digest: 'sha256' | null;
  /** Hash for `at_hash`, `c_hash` and `s_hash`, with its length where the hash leaves that open (OpenID Connect Core §3.1.3.6). */
  readonly tokenHash: { readonly name: 'sha256' | 'sha512' | 'shake256'; readonly outputBytes?: 64 };
  /** Exact length of a signature in bytes; undefined where it depends on the key. */
  readonly signatureBytes: number | undefined;
  /** Smallest modulus in bits; undefined for curves. */
  readonly minimumModulusBits: number | undefined;
  /** Whether a signature takes so long that a trip to the thread pool is the lesser cost. */
  readonly isSlowToSign: boolean;
  /** The switch that must be on before anything is signed with it; undefined for what needs none. */
  readonly flag: 'mlDsa' | undefined;
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
  nodeKeyType: 'ed25519',
  publicKeyBytes: undefined,
  digest: null,
  tokenHash: { name: 'sha512' },
  signatureBytes: 64,
  minimumModulusBits: undefined,
  isSlowToSign: false,
  flag: undefined,
  nodeOptions: {},
} as const;

const rsa = {
  keyType: 'RSA',
  curve: undefined,
  nodeKeyType: 'rsa',
  publicKeyBytes: undefined,
  digest: 'sha256',
  tokenHash: { name: 'sha256' },
  signatureBytes: undefined,
  minimumModulusBits: 2048,
  isSlowToSign: true,
  flag: undefined,
} as const;

/** FIPS 204 with an empty context; the hash of tokens is the guide's for algorithms that RFC 7518 does not know (decision 15). */
const moduleLattice = {
  keyType: 'AKP',
  curve: undefined,
  digest: null,
  tokenHash: { name: 'shake256', outputBytes: 64 },
  minimumModulusBits: undefined,
  isSlowToSign: true,
  flag: 'mlDsa',
  nodeOptions: {},
} as const;

const table: readonly SigningAlgorithm[] = [
  {
    name: 'ES256',
    family: 'ES256',
    keyType: 'EC',
    curve: 'P-256',
    nodeKeyType: 'ec',
    publicKeyBytes: undefined,
    digest: 'sha256',
    tokenHash: { name: 'sha256' },
    signatureBytes: 64,
    minimumModulusBits: undefined,
    isSlowToSign: false,
    flag: undefined,
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
  {
    name: 'ML-DSA-44',
    family: 'ML-DSA-44',
    ...moduleLattice,
    nodeKeyType: 'ml-dsa-44',
    publicKeyBytes: 1312,
    signatureBytes: 2420,
  },
  {
    name: 'ML-DSA-65',
    family: 'ML-DSA-65',
    ...moduleLattice,
    nodeKeyType: 'ml-dsa-65',
    publicKeyBytes: 1952,
    signatureBytes: 3309,
  },
];

const byName: ReadonlyMap<string, SigningAlgorithm> = new Map(table.map((entry) => [entry.name, entry]));

/** Every algorithm, in our order of preference. */
export const signingAlgorithms: readonly SigningAlgorithm[] = table;

/**
 * Turns an `alg` value into its descriptor; undefined for `none`, the HMAC family and anything else we do not do.
 * The comparison is case-sensitive.
 * @see RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2, RFC 9964 §5
 */
export function findSigningAlgorithm(name: string): SigningAlgorithm | undefined {
  return byName.get(name);
}

/** Whether a list of accepted names admits an algorithm, `EdDSA` and `Ed25519` counting as one. */
export function allowsAlgorithm(allowed: readonly string[], algorithm: SigningAlgorithm): boolean {
  return allowed.some((name) => findSigningAlgorithm(name)?.family === algorithm.family);
}
