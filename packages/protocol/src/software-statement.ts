import { audienceList, readClaims } from './claims.ts';
import { OAuthError } from './errors.ts';
import { JoseError } from './jose/jose-error.ts';
import type { Jwk } from './jose/jwk.ts';
import { selectKeys } from './jose/jwk-set.ts';
import { type DecodedJws, hasType, type JwsHeader, parseJws, parsePayload, verifyJws } from './jose/jws.ts';
import { importVerificationKey } from './jose/verification-key.ts';

const maxBytes = 16_384;

/** A software statement taken apart. Nothing in it is proven before {@link verifySoftwareStatement}. */
export interface SoftwareStatement {
  /** Who attests: the key to use is one of this issuer's. */
  readonly issuer: string;
  readonly header: Pick<JwsHeader, 'alg' | 'kid'>;
  /** What it says of the client, by registered names: its claims without those about the statement itself. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly audience: readonly string[] | undefined;
  /** Epoch seconds. */
  readonly expiresAt: number | undefined;
  readonly notBefore: number | undefined;
  readonly issuedAt: number | undefined;
  readonly jws: DecodedJws;
}

export interface SoftwareStatementExpectation {
  /** Keys of the issuer. */
  readonly keys: readonly Jwk[];
  /** The values of `aud` that mean us. */
  readonly audiences: readonly string[];
  /** Epoch seconds. */
  readonly now: number;
  readonly skewSeconds: number;
}

/** RFC 7519 §4.1; and a statement inside a statement says nothing. */
const aboutItself: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'software_statement',
]);

/**
 * Takes a software statement apart: strict JOSE with an asymmetric algorithm, an `iss`, and no `typ` of another kind of token.
 * Verifies nothing: use it to find out whose it claims to be, then {@link verifySoftwareStatement}.
 * @throws {OAuthError} `invalid_software_statement`
 * @see RFC 7591 §2.3, RFC 8725 §3.11
 */
export function parseSoftwareStatement(text: string): SoftwareStatement {
  try {
    const jws = parseJws(text, { maxBytes });
    if (jws.header.typ !== undefined && !hasType(jws.header, 'JWT'))
      throw refusal('has another typ than JWT');
    const payload = parsePayload(jws);
    const claims = readClaims(payload, refusal);
    const members = Object.entries(payload).filter(([name]) => !aboutItself.has(name));
    return {
      issuer: claims.text('iss', 2000),
      header: jws.header,
      members: Object.fromEntries(members),
      audience: Object.hasOwn(payload, 'aud') ? audienceList(claims.audience()) : undefined,
      expiresAt: claims.optionalTime('exp'),
      notBefore: claims.optionalTime('nbf'),
      issuedAt: claims.optionalTime('iat'),
      jws,
    };
  } catch (error) {
    if (error instanceof JoseError) throw refusal('is not a signed JWT', error);
    throw error;
  }
}

/**
 * Verifies the signature, and of `exp`, `nbf`, `iat` and `aud` those that are there. Does not decide whether the issuer is
 * trusted, nor whether the keys are its own.
 * @throws {OAuthError} `invalid_software_statement`
 * @see RFC 7591 §2.3, RFC 7519 §4.1, §7.2
 */
export async function verifySoftwareStatement(
  statement: SoftwareStatement,
  expected: SoftwareStatementExpectation,
): Promise<void> {
  const { audience, expiresAt, notBefore, issuedAt } = statement;
  const { now, skewSeconds } = expected;
  if (!(await isSigned(statement.jws, expected.keys))) throw refusal('has no signature of its issuer');
  if (expiresAt !== undefined && expiresAt <= now - skewSeconds) throw refusal('has expired');
  if (notBefore !== undefined && notBefore > now + skewSeconds) throw refusal('is not valid yet');
  if (issuedAt !== undefined && issuedAt > now + skewSeconds) throw refusal('was issued in the future');
  if (audience !== undefined && !audience.some((value) => expected.audiences.includes(value))) {
    throw refusal('is meant for another server');
  }
}

async function isSigned(jws: DecodedJws, keys: readonly Jwk[]): Promise<boolean> {
  for (const jwk of selectKeys({ keys }, jws.header)) {
    try {
      if (await verifyJws(jws, importVerificationKey(jwk, jws.header.alg))) return true;
    } catch (error) {
      if (!(error instanceof JoseError)) throw error;
    }
  }
  return false;
}

function refusal(problem: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_software_statement', `software_statement ${problem}`, { cause });
}
