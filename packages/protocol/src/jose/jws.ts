import { verify as nodeVerify } from 'node:crypto';
import { errors, flattenedVerify } from 'jose';
import { findSigningAlgorithm, type SigningAlgorithm, type SigningAlgorithmName } from './algorithms.ts';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { JoseError } from './jose-error.ts';
import { type Jwk, parseJwk } from './jwk.ts';
import { parseStrictJsonObject } from './strict-json.ts';
import type { VerificationKey } from './verification-key.ts';

/** The header members we act upon; all others are dropped, so that nobody can come to trust them. */
export interface JwsHeader {
  readonly alg: SigningAlgorithmName;
  readonly kid?: string;
  readonly typ?: string;
  readonly cty?: string;
  /** Only when asked for by {@link JwsLimits.members}. A claim by the sender, not a trusted key. */
  readonly jwk?: Jwk;
  /** Only when asked for by {@link JwsLimits.members}. Base64 DER, leaf first; a claim by the sender. */
  readonly x5c?: readonly string[];
}

/** A compact JWS taken apart. Nothing in it is trustworthy before its signature has been verified. */
export interface DecodedJws {
  readonly header: JwsHeader;
  readonly algorithm: SigningAlgorithm;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** `protectedBase64url.payloadBase64url`, what the signature covers. */
  readonly signingInput: string;
  readonly protectedBase64url: string;
  readonly payloadBase64url: string;
  readonly signatureBase64url: string;
}

export interface JwsLimits {
  /** Longest accepted token in bytes. Default 16,384. */
  readonly maxBytes?: number;
  /** Key-carrying header members to parse; none by default. `jku` and `x5u` are never offered. */
  readonly members?: readonly ('jwk' | 'x5c')[];
}

const defaultMaxBytes = 16_384;
const maxHeaderText = 256;
const maxCertificates = 10;

/**
 * Takes a compact JWS apart, strictly: three parts, canonical base64url, a header that is a JSON object without
 * duplicate members, an algorithm out of our table, a signature of its length, no `crit` and no `b64`. Does NOT verify
 * the signature and does not read the payload.
 * @throws {JoseError} `malformed`, `too_large`, `duplicate_member`, `unsupported_algorithm`, `unsupported_critical`,
 * `invalid_header`, and for an asked-for `jwk` what `parseJwk` throws
 * @see RFC 7515 §3.1, §4.1.11, §5.2, RFC 8725 §3.1
 */
export function parseJws(token: string, limits: JwsLimits = {}): DecodedJws {
  if (token.length > (limits.maxBytes ?? defaultMaxBytes)) throw new JoseError('too_large', 'token too long');
  const [protectedBase64url, payloadBase64url, signatureBase64url, ...more] = token.split('.', 4);
  if (!protectedBase64url || payloadBase64url === undefined || !signatureBase64url || more.length > 0) {
    throw new JoseError('malformed', 'not a compact JWS of three parts');
  }
  const members = parseStrictJsonObject(decodeBase64url(protectedBase64url), { maxDepth: 8 });
  const algorithm = algorithmOf(members);
  const signature = decodeBase64url(signatureBase64url);
  if (algorithm.signatureBytes !== undefined && signature.length !== algorithm.signatureBytes) {
    throw new JoseError('malformed', 'a signature of the wrong length');
  }
  return {
    header: headerOf(members, algorithm, limits.members ?? []),
    algorithm,
    payload: decodeBase64url(payloadBase64url),
    signature,
    signingInput: `${protectedBase64url}.${payloadBase64url}`,
    protectedBase64url,
    payloadBase64url,
    signatureBase64url,
  };
}

/**
 * The payload as a JSON object without duplicate members. Does NOT verify the signature, nor any claim.
 * @throws {JoseError} `malformed`, `duplicate_member`, `too_large`
 * @see RFC 7519 §4, §7.2
 */
export function parsePayload(jws: DecodedJws): Record<string, unknown> {
  return parseStrictJsonObject(jws.payload);
}

/**
 * Verifies the signature with `jose`. False for a wrong signature and for a key of another algorithm. Claims, `typ` and who
 * owns the key are the caller's.
 * @see RFC 7515 §5.2
 */
export async function verifyJws(jws: DecodedJws, key: VerificationKey): Promise<boolean> {
  if (jws.algorithm.family !== key.algorithm.family) return false;
  const flattened = {
    protected: jws.protectedBase64url,
    payload: jws.payloadBase64url,
    signature: jws.signatureBase64url,
  };
  try {
    await flattenedVerify(flattened, key.keyObject, { algorithms: [jws.algorithm.name] });
    return true;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return false;
    throw new JoseError('invalid_key', 'the signature could not be checked', { cause: error });
  }
}

/**
 * As {@link verifyJws}, with node:crypto and without leaving the tick: for paths where the wait for a thread costs more
 * than the verification. Answers the same as {@link verifyJws}; a property test holds the two together.
 */
export function verifyJwsSync(jws: DecodedJws, key: VerificationKey): boolean {
  if (jws.algorithm.family !== key.algorithm.family) return false;
  const { digest, nodeOptions } = key.algorithm;
  const data = Buffer.from(jws.signingInput, 'ascii');
  return nodeVerify(digest, data, { key: key.keyObject, ...nodeOptions }, jws.signature);
}

/** The first two parts of a compact JWS, ready to be signed. Members that are undefined are left out. */
export function encodeJws(
  header: { readonly alg: SigningAlgorithmName; readonly [name: string]: unknown },
  claims: Readonly<Record<string, unknown>>,
): { readonly signingInput: string } {
  const parts = [header, claims].map((part) => encodeBase64url(JSON.stringify(part)));
  return { signingInput: parts.join('.') };
}

/** Completes a compact JWS with the signature over its signing input (ES256: 64 bytes r and s, not DER). */
export function joinJws(signingInput: string, signature: Uint8Array): string {
  return `${signingInput}.${encodeBase64url(signature)}`;
}

/**
 * Compares a `typ` with a media type, `application/` being optional and case not mattering. An absent `typ` is false.
 * @see RFC 7515 §4.1.9, RFC 8725 §3.11
 */
export function hasType(header: Pick<JwsHeader, 'typ'>, expected: string): boolean {
  const actual = header.typ?.toLowerCase();
  const wanted = expected.toLowerCase();
  return actual === wanted || actual === `application/${wanted}`;
}

function algorithmOf(members: Record<string, unknown>): SigningAlgorithm {
  if (Object.hasOwn(members, 'crit') || Object.hasOwn(members, 'b64')) {
    throw new JoseError('unsupported_critical', 'a header with crit or b64');
  }
  const alg = Object.hasOwn(members, 'alg') ? members.alg : undefined;
  const algorithm = typeof alg === 'string' ? findSigningAlgorithm(alg) : undefined;
  if (algorithm === undefined)
    throw new JoseError('unsupported_algorithm', 'unsupported signature algorithm');
  return algorithm;
}

function headerOf(
  members: Record<string, unknown>,
  algorithm: SigningAlgorithm,
  asked: readonly ('jwk' | 'x5c')[],
): JwsHeader {
  const text = (name: 'kid' | 'typ' | 'cty') => {
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    if (value === undefined) return {};
    if (typeof value !== 'string' || value.length === 0 || value.length > maxHeaderText) {
      throw new JoseError('invalid_header', `header member ${name} is not a short string`);
    }
    return { [name]: value };
  };
  return {
    alg: algorithm.name,
    ...text('kid'),
    ...text('typ'),
    ...text('cty'),
    ...(asked.includes('jwk') && Object.hasOwn(members, 'jwk') ? { jwk: parseJwk(members.jwk) } : {}),
    ...(asked.includes('x5c') && Object.hasOwn(members, 'x5c') ? { x5c: chainOf(members.x5c) } : {}),
  };
}

function chainOf(value: unknown): readonly string[] {
  const valid = Array.isArray(value) && value.length > 0 && value.length <= maxCertificates;
  if (!valid || !value.every((entry) => typeof entry === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(entry))) {
    throw new JoseError('invalid_header', 'header member x5c is not a list of base64 certificates');
  }
  return value;
}
