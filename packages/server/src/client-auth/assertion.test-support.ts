/** A client of `private_key_jwt` as a test sees it: its keys, and the assertions it could make, good and bad. */
import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { TenantRecord } from '../storage/ports.ts';
import { type Harness, serviceMetadata, testIssuer } from '../testing/harness.ts';

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface AssertionClient {
  readonly id: string;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly privateKey: CryptoKey;
  /** A good assertion with changes; undefined removes a claim or header member. */
  assertion(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  /** A token request with this assertion. */
  ask(assertion: string, extra?: Readonly<Record<string, string>>): Promise<Response>;
}

export async function addAssertionClient(
  harness: Harness,
  id: string,
  options: {
    readonly algorithm?: string;
    readonly tenant?: TenantRecord;
    readonly metadata?: Readonly<Record<string, unknown>>;
  } = {},
): Promise<AssertionClient> {
  const { algorithm = 'ES256', tenant = harness.tenant, metadata = {} } = options;
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid: `${id}-1`, alg: algorithm, use: 'sig' };
  await harness.addClient(
    id,
    {
      ...serviceMetadata,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [publicJwk] },
      ...metadata,
    },
    tenant,
  );
  const basePath = tenant.id === 'default' ? '' : `/t/${tenant.id}`;
  return {
    id,
    publicJwk,
    privateKey,

    assertion(claims = {}, header = {}) {
      const now = harness.clock.now();
      const payload = {
        iss: id,
        sub: id,
        aud: `${testIssuer}${basePath}`,
        jti: randomUUID(),
        iat: now,
        exp: now + 60,
        ...claims,
      };
      return new SignJWT(present(payload) as JWTPayload)
        .setProtectedHeader({ alg: algorithm, ...present({ kid: publicJwk.kid, ...header }) })
        .sign(privateKey);
    },

    ask: (assertion, extra = {}) =>
      harness.post(`${basePath}/oauth2/token`, {
        grant_type: 'client_credentials',
        client_assertion_type: assertionType,
        client_assertion: assertion,
        ...extra,
      }),
  };
}

function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** A JWT put together by hand: any header, any signature. */
export function forgeJwt(header: object, claims: object, signature = ''): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${signature}`;
}
