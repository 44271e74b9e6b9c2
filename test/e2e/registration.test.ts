import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { canary } from '../../scripts/canaries.ts';
import { type Countersign, startCountersign } from '../support/countersign.ts';
import { FormBrowser } from '../support/form-browser.ts';

const suite = { timeout: 300_000 };
/** The loopback server speaks http; everything else these clients check stays on. */
const http = { [oauth.allowInsecureRequests]: true } as const;
const insecure = { execute: [openid.allowInsecureRequests] };
const redirectUri = 'https://shop.example/callback';
const description = {
  client_name: 'Shop',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

/** What RFC 7592 adds to what these clients know. */
interface Management {
  readonly registration_client_uri: string;
  readonly registration_access_token: string;
}

describe('clients that register themselves, by unmodified libraries', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let server: Countersign;

  before(async () => {
    server = await startCountersign(cleaning, { name: 'e2e-registration' });
    const password = ['--password-stdin'];
    await server.cli(
      ['user', 'add', '--username', canary.username, '--email', canary.email, ...password],
      canary.password,
    );
  });
  after(() => cleaning.disposeAsync());

  function manage({ registration_client_uri: uri, registration_access_token: token }: Management) {
    return async (method: 'GET' | 'PUT' | 'DELETE', members?: object) => {
      const response = await fetch(uri, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(members !== undefined && { 'content-type': 'application/json' }),
        },
        ...(members !== undefined && { body: JSON.stringify(members) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      };
    };
  }

  async function discovered(): Promise<oauth.AuthorizationServer> {
    const url = new URL(server.issuer);
    return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, http));
  }

  /** Sets it by a process beside the server, and waits until the server has heard of it. */
  async function setRegistration(mode: 'off' | 'token' | 'open'): Promise<void> {
    await server.cli(['tenant', 'set', 'default', '--dynamic-registration', mode]);
    for (let turn = 0; turn < 100; turn += 1) {
      if ((await modeInForce()) === mode) return;
      await sleep(50);
    }
    assert.fail('the server did not hear of the change');
  }

  /** By what the endpoint says to a request that registers nothing. */
  async function modeInForce(): Promise<'off' | 'token' | 'open'> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${server.issuer}/oauth2/register`, { method: 'POST', headers, body: '{}' });
    if (answer.status === 401) return 'token';
    const { feature } = (await answer.json()) as { feature?: string };
    return feature === 'dynamic_registration' ? 'off' : 'open';
  }

  it('openid-client registers with an initial access token, signs a person in with RS256, refreshes, and reads userinfo (RFC 7591 §3.1, §3.2.1, OpenID Connect Registration §3.1, §3.2)', async () => {
    await setRegistration('token');
    const { initial_access_token: initialAccessToken } = await server.cli<{ initial_access_token: string }>([
      ...['client', 'registration-token', 'add', '--uses', '1'],
    ]);
    // The method that this library uses where none is named.
    const posting = { ...description, token_endpoint_auth_method: 'client_secret_post' };
    const register = () =>
      openid.dynamicClientRegistration(new URL(server.issuer), posting, undefined, {
        ...insecure,
        initialAccessToken,
      });
    const config = await register();
    const { client_id, client_secret, id_token_signed_response_alg } = config.clientMetadata();
    assert.match(client_id, /^[0-9a-f]{32}$/);
    assert.equal(typeof client_secret, 'string');
    assert.equal(id_token_signed_response_alg, 'RS256');

    const verifier = openid.randomPKCECodeVerifier();
    const [nonce, state] = [openid.randomNonce(), openid.randomState()];
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid email offline_access',
      prompt: 'consent',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      nonce,
      state,
    });
    const returned = await new FormBrowser().authorize(url, canary.username, canary.password);
    const tokens = await openid.authorizationCodeGrant(config, returned, {
      pkceCodeVerifier: verifier,
      expectedNonce: nonce,
      expectedState: state,
    });
    const person = await openid.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '');
    assert.equal(person.email, canary.email);
    const next = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '');
    assert.equal(next.claims()?.sub, person.sub);

    await assert.rejects(register(), (error: { status?: number; code?: string }) => {
      assert.equal(error.status, 401, 'its one use is spent');
      return true;
    });
    const { clients } = await server.cli<{ clients: readonly Record<string, unknown>[] }>(['client', 'list']);
    assert.equal(clients.find((client) => client.client_id === client_id)?.source, 'dynamic');
  });

  it('oauth4webapi registers openly, and is told what is wrong in the registered words (RFC 7591 §3.2.1, §3.2.2)', async () => {
    await setRegistration('open');
    const as = await discovered();
    assert.equal(as.registration_endpoint, `${server.issuer}/oauth2/register`);
    const client = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(as, description, http),
    );
    assert.deepEqual(client.redirect_uris, [redirectUri]);
    const granted = oauth.clientCredentialsGrantRequest(
      as,
      client,
      oauth.ClientSecretBasic(String(client.client_secret)),
      {},
      http,
    );
    await assert.rejects(
      granted.then((response) => oauth.processClientCredentialsResponse(as, client, response)),
      { error: 'unauthorized_client' },
    );
    for (const [members, error] of [
      [{ redirect_uris: ['https://shop.example/#x'] }, 'invalid_redirect_uri'],
      [{ token_endpoint_auth_method: 'client_secret_jwt' }, 'invalid_client_metadata'],
      [{ software_statement: 'x' }, 'invalid_software_statement'],
    ] as const) {
      const request = { ...description, ...members } as Partial<oauth.Client>;
      const response = await oauth.dynamicClientRegistrationRequest(as, request, http);
      await assert.rejects(oauth.processDynamicClientRegistrationResponse(response), { error });
    }
  });

  it('what was registered is read, replaced and ended by the client, and the next request knows it (RFC 7592 §2.1, §2.2, §2.3)', async () => {
    const as = await discovered();
    const client = (await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(as, description, http),
    )) as oauth.Client & Management;
    const mine = manage(client);
    const { status, body } = await mine('GET');
    assert.deepEqual([status, body.client_id, body.client_name], [200, client.client_id, 'Shop']);
    const replaced = await mine('PUT', {
      client_id: client.client_id,
      redirect_uris: ['https://shop.example/new'],
      token_endpoint_auth_method: 'client_secret_post',
    });
    assert.deepEqual(
      [replaced.status, replaced.body.redirect_uris, replaced.body.client_name],
      [200, ['https://shop.example/new'], undefined],
    );
    const asked = async (authentication: oauth.ClientAuth) =>
      (await oauth.introspectionRequest(as, client, authentication, 'x', http)).status;
    const secret = String(client.client_secret);
    assert.deepEqual(
      [await asked(oauth.ClientSecretPost(secret)), await asked(oauth.ClientSecretBasic(secret))],
      [200, 401],
    );
    assert.equal((await mine('DELETE')).status, 204);
    assert.equal((await mine('GET')).status, 401);
    assert.equal(await asked(oauth.ClientSecretPost(secret)), 401);
  });

  it('where registration is switched off again, discovery says so and openid-client finds no endpoint (RFC 8414 §2, CAP-1)', async () => {
    await setRegistration('off');
    assert.equal((await discovered()).registration_endpoint, undefined);
    await assert.rejects(
      openid.dynamicClientRegistration(new URL(server.issuer), description, undefined, insecure),
    );
    const response = await fetch(`${server.issuer}/oauth2/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(description),
    });
    const { feature } = (await response.json()) as { feature: string };
    assert.deepEqual([response.status, feature], [400, 'dynamic_registration']);
  });
});
