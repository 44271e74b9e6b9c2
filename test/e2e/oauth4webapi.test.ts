import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { canary } from '../../scripts/canaries.ts';
import { type Countersign, startCountersign, temporaryFolder } from '../support/countersign.ts';
import { FormBrowser } from '../support/form-browser.ts';

/** The loopback server speaks http; everything else these clients check stays on. */
const http = { [oauth.allowInsecureRequests]: true } as const;
const suite = { timeout: 300_000 };
const redirectUri = 'https://app.example/callback';
const service = ['--grant', 'client_credentials', '--scope', 'read write', '--default-scope', 'read'];

interface KeyFile {
  readonly path: string;
  readonly key: { readonly key: webcrypto.CryptoKey; readonly kid: string };
}

describe('oauth4webapi, unmodified', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let server: Countersign;
  let as: oauth.AuthorizationServer;

  before(async () => {
    server = await startCountersign(cleaning, { name: 'e2e-oauth4webapi' });
    as = await discover(server.issuer, 'oidc');
  });
  after(() => cleaning.disposeAsync());

  async function addService(id: string, method: string): Promise<oauth.Client> {
    const options = ['--auth-method', method, '--secret-stdin', ...service];
    await server.cli(['client', 'add', '--id', id, ...options], canary.clientSecret);
    return { client_id: id };
  }

  async function clientCredentials(
    client: oauth.Client,
    authentication: oauth.ClientAuth,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<oauth.TokenEndpointResponse> {
    const response = await oauth.clientCredentialsGrantRequest(
      as,
      client,
      authentication,
      { ...parameters },
      http,
    );
    return oauth.processClientCredentialsResponse(as, client, response);
  }

  async function introspect(
    client: oauth.Client,
    authentication: oauth.ClientAuth,
    token: string,
  ): Promise<oauth.IntrospectionResponse> {
    const response = await oauth.introspectionRequest(as, client, authentication, token, http);
    return oauth.processIntrospectionResponse(as, client, response);
  }

  it('gets tokens by client credentials, introspects and revokes them with secret basic and secret post (SPN-4, SPN-5)', async () => {
    const methods = {
      client_secret_basic: oauth.ClientSecretBasic(canary.clientSecret),
      client_secret_post: oauth.ClientSecretPost(canary.clientSecret),
    };
    for (const [method, authentication] of Object.entries(methods)) {
      const client = await addService(`service-${method}`, method);
      const granted = await clientCredentials(client, authentication);
      assert.equal(granted.scope, 'read');
      const asked = await clientCredentials(client, authentication, { scope: 'write read' });
      assert.deepEqual(asked.scope?.split(' ').sort(), ['read', 'write']);

      const { active, client_id, iss, scope, token_type } = await introspect(
        client,
        authentication,
        granted.access_token,
      );
      assert.deepEqual(
        { active, client_id, iss, scope, token_type },
        {
          active: true,
          client_id: client.client_id,
          iss: server.issuer,
          scope: 'read',
          token_type: 'Bearer',
        },
      );
      for (const _again of [1, 2]) {
        const revoked = await oauth.revocationRequest(as, client, authentication, granted.access_token, http);
        await oauth.processRevocationResponse(revoked);
      }
      assert.deepEqual(await introspect(client, authentication, granted.access_token), { active: false });
      assert.equal((await introspect(client, authentication, asked.access_token)).active, true);
    }
  });

  it('its JWT access token passes validateJwtAccessToken against the key set (SPN-3, RFC 9068)', async () => {
    const client = await addService('validated', 'client_secret_basic');
    const { access_token } = await clientCredentials(client, oauth.ClientSecretBasic(canary.clientSecret));
    const [, body = ''] = access_token.split('.');
    const { aud }: { readonly aud: string | readonly string[] } = JSON.parse(
      Buffer.from(body, 'base64url').toString(),
    );
    const audience = typeof aud === 'string' ? aud : (aud[0] ?? '');
    const request = new Request('http://api.example/', {
      headers: { authorization: `Bearer ${access_token}` },
    });
    const claims = await oauth.validateJwtAccessToken(as, request, audience, http);
    assert.equal(claims.client_id, 'validated');
  });

  it('authenticates with private_key_jwt in every algorithm that is advertised, and each jti works once (RFC 7521 §4.2, RFC 9700 §2.5, ACC-2, SPN-16)', async () => {
    const folder = temporaryFolder(cleaning);
    const advertised = as.token_endpoint_auth_signing_alg_values_supported ?? [];
    assert.ok(advertised.includes('ES256'));
    for (const algorithm of advertised) {
      const { path, key } = await makeKeyFile(folder, algorithm);
      const client = { client_id: `keyed-${algorithm}` };
      await server.cli(['client', 'add', '--id', client.client_id, '--jwks', path, ...service]);
      const { access_token } = await clientCredentials(client, oauth.PrivateKeyJwt(key));
      assert.equal((await introspect(client, oauth.PrivateKeyJwt(key), access_token)).active, true);

      const once = oauth.PrivateKeyJwt(key, {
        [oauth.modifyAssertion]: (_header, payload) => {
          payload.jti = `the-one-and-only-${algorithm}`;
        },
      });
      await clientCredentials(client, once);
      await assert.rejects(clientCredentials(client, once), { status: 401 });
    }
  });

  it('pushes a request, redeems the code, reads userinfo and refreshes, for a confidential and a public client (SPN-6, SPN-16)', async () => {
    await server.cli(
      ['user', 'add', '--username', canary.username, '--email', canary.email, '--password-stdin'],
      canary.password,
    );
    const shared = ['--redirect-uri', redirectUri, '--first-party'];
    await server.cli(['client', 'add', '--id', 'web', '--secret-stdin', ...shared], canary.clientSecret);
    await server.cli(['client', 'add', '--id', 'app', '--public', ...shared]);
    const kinds = [
      { client: { client_id: 'web' }, authentication: oauth.ClientSecretBasic(canary.clientSecret) },
      { client: { client_id: 'app' }, authentication: oauth.None() },
    ];
    for (const { client, authentication } of kinds) {
      const [verifier, state, nonce] = [
        oauth.generateRandomCodeVerifier(),
        oauth.generateRandomState(),
        oauth.generateRandomNonce(),
      ];
      const request = {
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: 'openid email offline_access',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      };
      const pushed = await oauth.processPushedAuthorizationResponse(
        as,
        client,
        await oauth.pushedAuthorizationRequest(as, client, authentication, request, http),
      );
      const address = new URL(as.authorization_endpoint ?? '');
      address.searchParams.set('client_id', client.client_id);
      address.searchParams.set('request_uri', pushed.request_uri);
      const returned = await new FormBrowser().authorize(address, canary.username, canary.password);

      const parameters = oauth.validateAuthResponse(as, client, returned, state);
      const tokens = await oauth.processAuthorizationCodeResponse(
        as,
        client,
        await oauth.authorizationCodeGrantRequest(
          as,
          client,
          authentication,
          parameters,
          redirectUri,
          verifier,
          http,
        ),
        { expectedNonce: nonce, requireIdToken: true },
      );
      const claims = oauth.getValidatedIdTokenClaims(tokens);
      const person = await oauth.processUserInfoResponse(
        as,
        client,
        claims?.sub ?? '',
        await oauth.userInfoRequest(as, client, tokens.access_token, http),
      );
      assert.equal(person.email, canary.email);
      const refresh = async (token: string): Promise<oauth.TokenEndpointResponse> =>
        oauth.processRefreshTokenResponse(
          as,
          client,
          await oauth.refreshTokenGrantRequest(as, client, authentication, token, http),
        );
      const next = await refresh(tokens.refresh_token ?? '');
      await assert.rejects(refresh(tokens.refresh_token ?? ''), { error: 'invalid_grant' });
      await assert.rejects(refresh(next.refresh_token ?? ''), { error: 'invalid_grant' });
    }
  });

  it('discovers the tenant issuer /t/acme, discovery documents in both URL forms, and its keys verify only its own tokens (SPN-16, SPN-3)', async () => {
    await server.cli(['tenant', 'add', 'acme']);
    const issuer = `${server.issuer}/t/acme`;
    const suffixed = await discover(issuer, 'oidc');
    const inserted = await discover(issuer, 'oauth2');
    assert.deepEqual(suffixed, inserted);
    assert.equal(suffixed.issuer, issuer);
    assert.ok(suffixed.token_endpoint?.startsWith(`${issuer}/`));

    const added = ['client', 'add', '--id', 'tenant-job', '--tenant', 'acme', '--secret-stdin', ...service];
    await server.cli(added, canary.clientSecret);
    const client = { client_id: 'tenant-job' };
    const authentication = oauth.ClientSecretBasic(canary.clientSecret);
    const granted = await oauth.processClientCredentialsResponse(
      suffixed,
      client,
      await oauth.clientCredentialsGrantRequest(suffixed, client, authentication, {}, http),
    );
    const foreign = await addService('tenant-neighbour', 'client_secret_basic');
    assert.deepEqual(await introspect(foreign, authentication, granted.access_token), { active: false });
    await assert.rejects(clientCredentials(client, authentication), { status: 401 });
  });
});

describe('openid-client, unmodified', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let server: Countersign;

  before(async () => {
    server = await startCountersign(cleaning, { name: 'e2e-openid-client' });
  });
  after(() => cleaning.disposeAsync());

  it('gets tokens by client credentials with secret basic, secret post and private_key_jwt at the default tenant and at another (SPN-4, SPN-16)', async () => {
    await server.cli(['tenant', 'add', 'acme']);
    const { path, key } = await makeKeyFile(temporaryFolder(cleaning), 'ES256');
    const methods: Readonly<Record<string, openid.ClientAuth>> = {
      client_secret_basic: openid.ClientSecretBasic(canary.clientSecret),
      client_secret_post: openid.ClientSecretPost(canary.clientSecret),
      private_key_jwt: openid.PrivateKeyJwt(key),
    };
    for (const [tenant, issuer] of [
      ['default', server.issuer],
      ['acme', `${server.issuer}/t/acme`],
    ] as const) {
      for (const [method, authentication] of Object.entries(methods)) {
        const id = method.replaceAll('_', '-');
        const credential = method === 'private_key_jwt' ? ['--jwks', path] : ['--secret-stdin'];
        const options = ['--tenant', tenant, '--auth-method', method, ...credential, ...service];
        await server.cli(['client', 'add', '--id', id, ...options], canary.clientSecret);
        const config = await openid.discovery(new URL(issuer), id, undefined, authentication, {
          execute: [openid.allowInsecureRequests],
        });
        const { access_token } = await openid.clientCredentialsGrant(config, { scope: 'read' });
        const { active, iss } = await openid.tokenIntrospection(config, access_token);
        assert.deepEqual({ active, iss }, { active: true, iss: issuer });
        await openid.tokenRevocation(config, access_token);
        assert.equal((await openid.tokenIntrospection(config, access_token)).active, false);
      }
    }
  });
});

async function discover(issuer: string, algorithm: 'oidc' | 'oauth2'): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { algorithm, ...http });
  return oauth.processDiscoveryResponse(url, response);
}

/** A key pair: the public half as a JWK in a file for `client add --jwks`, the private half for the client. */
async function makeKeyFile(folder: string, algorithm: string): Promise<KeyFile> {
  const { publicKey, privateKey } = generatePair(algorithm);
  const kid = `key-${algorithm}`;
  const path = join(folder, `${kid}.json`);
  writeFileSync(
    path,
    JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' }),
  );
  const key = await webcrypto.subtle.importKey(
    'pkcs8',
    privateKey.export({ type: 'pkcs8', format: 'der' }),
    webAlgorithms[algorithm] ?? 'Ed25519',
    false,
    ['sign'],
  );
  return { path, key: { key, kid } };
}

const webAlgorithms: Readonly<Record<string, webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams>> =
  {
    ES256: { name: 'ECDSA', namedCurve: 'P-256' },
    PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
    RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  };

function generatePair(algorithm: string): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (/^Ed(?:DSA|25519)$/.test(algorithm)) return generateKeyPairSync('ed25519');
  assert.match(algorithm, /^[PR]S256$/);
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}
