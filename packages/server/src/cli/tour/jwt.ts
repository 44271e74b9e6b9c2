/** What a client does with a JWT before it believes it. */
import {
  importVerificationKey,
  JoseError,
  type Jwk,
  parseJwkSet,
  parseJws,
  parsePayload,
  selectKeys,
  verifyJws,
} from '@countersign/protocol/jose';
import type { Http } from './http.ts';

export interface VerifiedJwt {
  readonly kid: string | undefined;
  readonly alg: string;
  readonly typ: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The public keys of an issuer, read now. @throws {JoseError} for a set that holds a private key */
export async function fetchKeys(http: Http, issuer: string): Promise<readonly Jwk[]> {
  const { body } = await http.get(`${issuer}/.well-known/jwks.json`);
  return parseJwkSet(body, { onUnusable: 'refuse' }).keys;
}

/** undefined: no key of this issuer made the signature. Does not look at any claim. */
export async function verifyJwt(http: Http, issuer: string, token: string): Promise<VerifiedJwt | undefined> {
  const keys = await fetchKeys(http, issuer);
  try {
    const jws = parseJws(token);
    for (const jwk of selectKeys({ keys }, jws.header)) {
      if (!(await verifyJws(jws, importVerificationKey(jwk, jws.header.alg)))) continue;
      const { kid, alg, typ } = jws.header;
      return { kid, alg, typ, claims: parsePayload(jws) };
    }
  } catch (error) {
    if (!(error instanceof JoseError)) throw error;
  }
  return undefined;
}
