import { createHash } from 'node:crypto';
import { decodeBase64url } from './base64url.ts';
import { JoseError } from './jose-error.ts';
import { isJsonObject } from './strict-json.ts';

/** A public key as JWK: only members we read, private ones never. */
export interface Jwk {
  readonly kty: 'EC' | 'OKP' | 'RSA' | 'AKP';
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
  readonly pub?: string;
  readonly kid?: string;
  readonly alg?: string;
  readonly use?: string;
  readonly key_ops?: readonly string[];
  readonly x5c?: readonly string[];
  readonly 'x5t#S256'?: string;
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv', 'seed'];
const requiredMembers = {
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
  RSA: ['n', 'e'],
  AKP: ['alg', 'pub'],
} as const;
/** Names among them, which are no base64url. */
const nameMembers: readonly string[] = ['crv', 'alg'];
const standard64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Longest accepted text per member: room for an RSA modulus of 8192 bits, and for a public key of ML-DSA-65. */
const maxMemberLength = { EC: 1366, OKP: 1366, RSA: 1366, AKP: 2603 } as const;
const maxLabelLength = 256;
const maxCertificates = 5;
const maxCertificateLength = 8192;

/**
 * Parses one public key. Unknown members are dropped. Guaranteed: a known key type with its members present, canonical
 * base64url and bounded; no private and no symmetric material. Not checked here: curve, point, modulus size and fitness
 * for an algorithm, which `importVerificationKey` does; nor that `x5c` certifies the key.
 * @throws {JoseError} `private_key` if private or symmetric material is present, `invalid_key` otherwise
 * @see RFC 7517 §4, RFC 7518 §6, RFC 8037 §2, RFC 9964 §3
 */
export function parseJwk(input: unknown): Jwk {
  if (!isJsonObject(input)) throw new JoseError('invalid_key', 'a JWK is a JSON object');
  const kty = own(input, 'kty');
  if (kty === 'oct' || privateMembers.some((name) => Object.hasOwn(input, name))) {
    throw new JoseError('private_key', 'a JWK with private or symmetric key material');
  }
  if (!isKeyType(kty)) {
    throw new JoseError('invalid_key', 'a JWK of unknown key type');
  }
  const material: Record<string, string> = {};
  for (const name of requiredMembers[kty]) material[name] = keyMember(input, name, maxMemberLength[kty]);
  return { kty, ...material, ...labels(input), ...certificates(input) };
}

/**
 * The SHA-256 thumbprint, base64url (43 characters).
 * @throws {JoseError} `invalid_key` if a required member is missing
 * @see RFC 7638 §3, RFC 9964 §6
 */
export function thumbprint(jwk: Jwk): string {
  const names = ['kty', ...requiredMembers[jwk.kty]].sort();
  const members = names.map((name) => [name, jwk[name as keyof Jwk]] as const);
  if (members.some(([, value]) => typeof value !== 'string')) {
    throw new JoseError('invalid_key', 'a JWK without its required members');
  }
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}

function isKeyType(kty: unknown): kty is keyof typeof requiredMembers {
  return typeof kty === 'string' && Object.hasOwn(requiredMembers, kty);
}

function own(input: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(input, name) ? input[name] : undefined;
}

function keyMember(input: Record<string, unknown>, name: string, maxLength: number): string {
  const value = own(input, name);
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength) {
    throw new JoseError('invalid_key', `JWK member ${name} missing or too long`);
  }
  if (!nameMembers.includes(name)) decodeMember(value, name);
  return value;
}

function decodeMember(value: string, name: string): void {
  try {
    decodeBase64url(value);
  } catch (cause) {
    throw new JoseError('invalid_key', `JWK member ${name} is not base64url`, { cause });
  }
}

function labels(input: Record<string, unknown>): Pick<Jwk, 'kid' | 'alg' | 'use' | 'key_ops' | 'x5t#S256'> {
  const result: Record<string, unknown> = {};
  for (const name of ['kid', 'alg', 'use', 'x5t#S256']) {
    const value = own(input, name);
    if (value === undefined) continue;
    if (typeof value !== 'string' || value.length === 0 || value.length > maxLabelLength) {
      throw new JoseError('invalid_key', `JWK member ${name} is not a short string`);
    }
    result[name] = value;
  }
  const operations = own(input, 'key_ops');
  if (operations !== undefined) result.key_ops = strings(operations, 'key_ops', 16, maxLabelLength);
  return result;
}

function certificates(input: Record<string, unknown>): Pick<Jwk, 'x5c'> {
  const chain = own(input, 'x5c');
  if (chain === undefined) return {};
  const x5c = strings(chain, 'x5c', maxCertificates, maxCertificateLength);
  if (x5c.length === 0 || !x5c.every((entry) => standard64.test(entry))) {
    throw new JoseError('invalid_key', 'JWK member x5c is not a list of base64 certificates');
  }
  return { x5c };
}

function strings(value: unknown, name: string, maxCount: number, maxLength: number): readonly string[] {
  if (!Array.isArray(value) || value.length > maxCount) {
    throw new JoseError('invalid_key', `JWK member ${name} is not a short list`);
  }
  return value.map((entry: unknown) => {
    if (typeof entry !== 'string' || entry.length > maxLength) {
      throw new JoseError('invalid_key', `JWK member ${name} is not a list of short strings`);
    }
    return entry;
  });
}
