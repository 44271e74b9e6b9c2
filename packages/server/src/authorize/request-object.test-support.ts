/** A client that signs its authorization requests, and the objects it could make, good and bad. */
import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { TenantRecord } from '../storage/ports.ts';
import { type Harness, testIssuer } from '../testing/harness.ts';
import { type Client, type Parameters, requestOf, webClient } from './flow.test-support.ts';

export interface SigningClient extends Client {
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly privateKey: CryptoKey;
  readonly issuer: string;
  /** A good object of RFC 9101 with changes; undefined takes a claim or header member away. */
  object(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  /** What stands beside it: the client, the object, and what the test adds. */
  carrying(object: string, beside?: Parameters): Parameters;
}

export async function addSigningClient(
  harness: Harness,
  id: string,
  options: {
    readonly algorithm?: string;
    readonly tenant?: TenantRecord;
    readonly metadata?: Readonly<Record<string, unknown>>;
  } = {},
): Promise<SigningClient> {
  const { algorithm = 'ES256', tenant = harness.tenant, metadata = {} } = options;
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: algorithm, use: 'sig' };
  const { client, secret } = await harness.addClient(
    id,
    { ...webClient, jwks: { keys: [publicJwk] }, ...metadata },
    tenant,
  );
  const issuer = tenant.id === 'default' ? testIssuer : `${testIssuer}/t/${tenant.id}`;
  return {
    id,
    secret,
    record: client,
    publicJwk,
    privateKey,
    issuer,

    object(claims = {}, header = {}) {
      const now = harness.clock.now();
      const payload = {
        iss: id,
        aud: issuer,
        jti: randomUUID(),
        iat: now,
        nbf: now,
        exp: now + 300,
        ...requestOf(id),
        ...claims,
      };
      return new SignJWT(present(payload) as JWTPayload)
        .setProtectedHeader({
          alg: algorithm,
          ...present({ kid: publicJwk.kid, typ: 'oauth-authz-req+jwt', ...header }),
        })
        .sign(privateKey);
    },

    carrying: (object, beside = {}) => ({ client_id: id, request: object, ...beside }),
  };
}

function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
