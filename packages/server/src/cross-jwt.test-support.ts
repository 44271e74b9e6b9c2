/** Every kind of JWT that is made here or sent here, each genuine, and every place that takes one, each as its caller sees it. */
import { createHash, randomUUID } from 'node:crypto';
import {
  encryptCompact,
  parseEncryptionKey,
  parseJwkSet,
  type SigningAlgorithmName,
} from '@countersign/protocol/jose';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { makeRecipient } from '../../protocol/src/jose/encryption-keys.test-support.ts';
import {
  answerOf,
  type Client,
  createFlow,
  encode,
  type Parameters,
  type Person,
  redirectUri,
  requestOf,
  type TokenBody,
  verifier,
} from './authorize/flow.test-support.ts';
import {
  type AssertionClient,
  addAssertionClient,
  assertionType,
} from './client-auth/assertion.test-support.ts';
import { type KeyEndpoint, openKeyEndpoint } from './clients/key-endpoint.test-support.ts';
import type { ClientRecord } from './storage/ports.ts';
import { systemRandom } from './system.ts';
import { type Harness, serviceMetadata, testIssuer } from './testing/harness.ts';
import { createLogoutTokens, signJwt } from './tokens/index.ts';

const encryptionKey = parseEncryptionKey(makeRecipient('P-256').jwk, 'ECDH-ES');

const returnUri = 'https://app.example/bye';

/** One sign-in of one person at one client, and what came of it. */
export interface Visit {
  readonly person: Person;
  readonly tokens: TokenBody;
}

export interface World {
  /** What the client publishes at the one `request_uri` that it registered. */
  readonly published: KeyEndpoint;
  /** Of an issuer that the tenant trusts. */
  statement(claims?: Readonly<Record<string, unknown>>, typ?: string): Promise<string>;
  /** It authenticates by assertion, and registered every signed answer: all kinds are made for this one client. */
  readonly robot: AssertionClient;
  readonly record: ClientRecord;
  visit(): Promise<Visit>;
  /** Signs with the tenant's own key what the tenant would not sign. */
  forge(claims: Readonly<Record<string, unknown>>, typ: string | undefined): Promise<string>;
}

const statementIssuer = 'https://statements.example';

/** The harness must let a loopback server be called. */
export async function createWorld(harness: Harness): Promise<World> {
  const flow = createFlow(harness);
  const published = await openKeyEndpoint();
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const trusted = { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' };
  await harness.app.keys.ensure('default', 'ES256');
  const { jwks: own } = await harness.app.keys.published('default');
  const keySet = (set: unknown) => parseJwkSet(set, { onUnusable: 'refuse' });
  await harness.changeTenant({
    dynamicRegistration: 'open',
    dynamicClients: {
      statementIssuers: [
        { issuer: statementIssuer, jwks: keySet({ keys: [trusted] }) },
        // The worst that an operator could do: the key is right for all that the tenant signs.
        { issuer: testIssuer, jwks: keySet(own) },
      ],
    },
  });
  const robot = await addAssertionClient(harness, 'robot', {
    metadata: {
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [returnUri],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
      scope: 'openid email offline_access introspect',
      default_scope: 'introspect',
      first_party: true,
      userinfo_signed_response_alg: 'ES256',
      introspection_signed_response_alg: 'ES256',
      request_uris: [published.url],
    },
  });
  const record = await harness.store.clients.find('default', robot.id);
  if (record === undefined) throw new Error('the client is not there');
  const client: Client = { id: robot.id, secret: null, record };
  const { subject } = await flow.person();
  return {
    robot,
    record,
    published,

    statement: (claims = {}, typ = 'JWT') =>
      new SignJWT({ iss: statementIssuer, client_name: 'Harbour', ...claims })
        .setProtectedHeader({ alg: 'ES256', typ })
        .sign(privateKey),

    async visit() {
      const person = { subject, ...(await harness.signIn(subject)) };
      const code = await flow.code(client, person, { scope: 'openid email offline_access introspect' });
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      };
      const response = await asRobot(harness, robot, '/oauth2/token', form);
      if (response.status !== 200) throw new Error(await response.text());
      return { person, tokens: (await response.json()) as TokenBody };
    },

    async forge(claims, typ) {
      const key = await harness.app.keys.signingKey('default', 'ES256');
      const header = {
        alg: key.algorithm as SigningAlgorithmName,
        kid: key.kid,
        ...(typ !== undefined && { typ }),
      };
      return signJwt(key, { header, claims });
    },
  };
}

/** The client's own request: with a fresh assertion, unless the caller brings one. */
async function asRobot(
  harness: Harness,
  robot: AssertionClient,
  path: string,
  form: Readonly<Record<string, string>>,
  assertion?: string,
): Promise<Response> {
  return harness.post(path, {
    client_assertion_type: assertionType,
    client_assertion: assertion ?? (await robot.assertion()),
    ...form,
  });
}

export type Kind =
  | 'access token'
  | 'ID token'
  | 'encrypted ID token'
  | 'userinfo answer'
  | 'introspection answer'
  | 'logout token'
  | 'client assertion'
  | 'request object'
  | 'request object of OpenID Connect'
  | 'software statement';

/** A genuine one, as it comes out of the server or of the client. */
export const kinds: Readonly<
  Record<Kind, (harness: Harness, world: World, visit: Visit) => Promise<string> | string>
> = {
  'access token': (_harness, _world, { tokens }) => tokens.access_token,
  'ID token': (_harness, _world, { tokens }) => tokens.id_token,
  // What a client gets that registered encryption; to use it as a hint it must decrypt it first (Core §3.1.2.1).
  'encrypted ID token': (_harness, _world, { tokens }) =>
    encryptCompact(tokens.id_token, encryptionKey, 'A256GCM', { cty: 'JWT' }),
  'userinfo answer': async (harness, _world, { tokens }) =>
    (await bearer(harness, tokens.access_token)).text(),
  'introspection answer': async (harness, { robot }, { tokens }) =>
    (await asRobot(harness, robot, '/oauth2/introspect', { token: tokens.access_token })).text(),
  'logout token': (harness, { record }, { person }) =>
    createLogoutTokens({
      keys: harness.app.keys,
      publicSubjects: { find: async (_client, subject) => subject },
      encryption: { find: () => undefined },
      random: systemRandom,
    }).issue({
      client: record,
      issuer: testIssuer,
      subject: person.subject.id,
      sessionId: person.session.id,
      now: harness.clock.now(),
    }),
  'client assertion': (_harness, { robot }) => robot.assertion(),
  'request object': (_harness, { robot }) => requestObject(robot, 'oauth-authz-req+jwt'),
  // It need not say what it is (Core §6.1), and so has the typ of an ID token and of an assertion.
  'request object of OpenID Connect': (_harness, { robot }) => requestObject(robot, 'JWT'),
  'software statement': (_harness, { statement }) => statement(),
};

export function requestObject(
  robot: AssertionClient,
  typ: string | undefined,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return robot.assertion({ ...requestOf(robot.id), sub: undefined, ...claims }, { typ });
}

export type Place =
  | 'userinfo, header'
  | 'userinfo, form'
  | 'introspection, token'
  | 'introspection, header'
  | 'revocation, token'
  | 'client_assertion at token'
  | 'client_assertion at PAR'
  | 'client_assertion at introspection'
  | 'client_assertion at revocation'
  | 'id_token_hint at authorize'
  | 'id_token_hint at logout'
  | 'refresh_token'
  | 'code'
  | 'pushed request'
  | 'request at authorize'
  | 'request at PAR'
  | 'request_uri at authorize'
  | 'software_statement at registration'
  | 'initial access token at registration'
  | 'registration access token';

/** Whether this place took the JWT for what it wants; whatever else it answers is a refusal. */
export const places: Readonly<
  Record<Place, (harness: Harness, world: World, visit: Visit, jwt: string) => Promise<boolean>>
> = {
  'userinfo, header': async (harness, _world, _visit, jwt) => (await bearer(harness, jwt)).status === 200,
  'userinfo, form': async (harness, _world, _visit, jwt) =>
    (await harness.post('/oauth2/userinfo', { access_token: jwt })).status === 200,
  'introspection, token': async (harness, _world, _visit, jwt) => {
    const inspector = await inspectorOf(harness);
    const response = await harness.post('/oauth2/introspect', { token: jwt }, { client: inspector });
    return ((await response.json()) as { active: boolean }).active;
  },
  'introspection, header': async (harness, _world, _visit, jwt) =>
    (
      await harness.post(
        '/oauth2/introspect',
        { token: 'x' },
        { headers: { authorization: `Bearer ${jwt}` } },
      )
    ).status === 200,
  'revocation, token': async (harness, { robot }, _visit, jwt) => {
    const before = await revocations(harness);
    await asRobot(harness, robot, '/oauth2/revoke', { token: jwt });
    return (await revocations(harness)) > before;
  },
  'client_assertion at token': (harness, world, _visit, jwt) =>
    authenticates(harness, world, '/oauth2/token', { grant_type: 'client_credentials' }, jwt),
  'client_assertion at PAR': (harness, world, _visit, jwt) => {
    const form = Object.fromEntries(new URLSearchParams(encode(requestOf(world.robot.id))));
    return authenticates(harness, world, '/oauth2/par', form, jwt);
  },
  'client_assertion at introspection': (harness, world, _visit, jwt) =>
    authenticates(harness, world, '/oauth2/introspect', { token: 'x' }, jwt),
  'client_assertion at revocation': (harness, world, _visit, jwt) =>
    authenticates(harness, world, '/oauth2/revoke', { token: 'x' }, jwt),
  'id_token_hint at authorize': async (harness, { robot }, { person }, jwt) => {
    const query = encode(requestOf(robot.id, { prompt: 'none', id_token_hint: jwt }));
    const headers = { cookie: person.cookie };
    return answerOf(await harness.fetch(`/oauth2/authorize?${query}`, { headers })).code !== undefined;
  },
  'id_token_hint at logout': async (harness, _world, { person }, jwt) => {
    const query = encode({ id_token_hint: jwt, post_logout_redirect_uri: returnUri });
    const headers = { cookie: person.cookie };
    const response = await harness.fetch(`/oauth2/logout?${query}`, { headers });
    return response.headers.get('location')?.startsWith(returnUri) === true;
  },
  refresh_token: async (harness, { robot }, _visit, jwt) =>
    (await asRobot(harness, robot, '/oauth2/token', { grant_type: 'refresh_token', refresh_token: jwt })).ok,
  code: async (harness, { robot }, _visit, jwt) => {
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: verifier };
    return (await asRobot(harness, robot, '/oauth2/token', { ...form, code: jwt })).ok;
  },
  'pushed request': (harness, { robot }, { person }, jwt) => {
    const reference = `urn:ietf:params:oauth:request_uri:${jwt}`;
    return isApproved(harness, person, { client_id: robot.id, request_uri: reference });
  },
  'request at authorize': (harness, { robot }, { person }, jwt) =>
    isApproved(harness, person, { ...besideObject(robot), request: jwt }),
  'request at PAR': async (harness, { robot }, _visit, jwt) =>
    (await asRobot(harness, robot, '/oauth2/par', { request: jwt })).ok,
  'request_uri at authorize': (harness, { robot, published }, { person }, jwt) => {
    published.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/jwt' }).end(jwt);
    });
    // The fragment makes it another document than the one before.
    const hash = createHash('sha256').update(jwt).digest('base64url');
    return isApproved(harness, person, { ...besideObject(robot), request_uri: `${published.url}#${hash}` });
  },
  'software_statement at registration': async (harness, _world, _visit, jwt) =>
    (await register(harness, { software_statement: jwt })).status === 201,
  // Registration is open: without a token it is 201, with one that is not good it is refused.
  'initial access token at registration': async (harness, _world, _visit, jwt) =>
    (await register(harness, {}, jwt)).status === 201,
  'registration access token': async (harness, { robot }, _visit, jwt) => {
    const headers = { authorization: `Bearer ${jwt}` };
    return (await harness.fetch(`/oauth2/register/${robot.id}`, { headers })).ok;
  },
};

/** What passes where; everything else is refused everywhere. */
export const passes: Readonly<Partial<Record<Kind, readonly Place[]>>> = {
  'access token': [
    'userinfo, header',
    'userinfo, form',
    'introspection, token',
    'introspection, header',
    'revocation, token',
  ],
  'ID token': ['id_token_hint at authorize', 'id_token_hint at logout'],
  'client assertion': [
    'client_assertion at token',
    'client_assertion at PAR',
    'client_assertion at introspection',
    'client_assertion at revocation',
  ],
  'request object': ['request at authorize', 'request at PAR', 'request_uri at authorize'],
  'request object of OpenID Connect': ['request at authorize', 'request at PAR', 'request_uri at authorize'],
  'software statement': ['software_statement at registration'],
};

/** What must stand outside, whatever stands inside (OpenID Connect Core §6.1). */
function besideObject({ id }: AssertionClient): Parameters {
  return { client_id: id, response_type: 'code', scope: 'openid' };
}

async function isApproved(harness: Harness, person: Person, parameters: Parameters): Promise<boolean> {
  const response = await harness.fetch(`/oauth2/authorize?${encode(parameters)}`, {
    headers: { cookie: person.cookie },
  });
  return /[?&]code=/.test(response.headers.get('location') ?? '');
}

function register(harness: Harness, members: object, token?: string): Promise<Response> {
  return harness.fetch('/oauth2/register', {
    method: 'POST',
    body: JSON.stringify({ redirect_uris: ['https://harbour.example/cb'], ...members }),
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
}

function bearer(harness: Harness, token: string): Promise<Response> {
  return harness.fetch('/oauth2/userinfo', { headers: { authorization: `Bearer ${token}` } });
}

async function authenticates(
  harness: Harness,
  { robot }: World,
  path: string,
  form: Readonly<Record<string, string>>,
  jwt: string,
): Promise<boolean> {
  const { client_id: _, ...rest } = form;
  return (await asRobot(harness, robot, path, rest, jwt)).ok;
}

async function revocations(harness: Harness): Promise<number> {
  const records = await harness.store.audit.listNewest('default', 1000);
  return records.filter(({ action }) => action === 'token.revoked').length;
}

/** A resource server for the issuer's own audience: it may see every token that is meant for us. */
async function inspectorOf(harness: Harness): Promise<{ id: string; secret: string | null }> {
  const id = `inspector-${randomUUID()}`;
  const { secret } = await harness.addClient(id, { ...serviceMetadata, audiences: [testIssuer] });
  return { id, secret };
}
