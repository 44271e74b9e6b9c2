/** The modules of `oidcc-basic-certification-test-plan` and `oidcc-config-certification-test-plan`, with a client registered by hand. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT, UnsecuredJWT } from 'jose';
import { canary } from '../../scripts/canaries.ts';
import { returned, screen } from './support/browser.ts';
import { knownClaims, type Provider, person, startProvider } from './support/provider.ts';
import { type Registration, RelyingParty, type Tokens } from './support/relying-party.ts';

const suite = { timeout: 300_000 };
const callback = 'https://rp.example/certification/callback';
const scopes = 'openid profile email address phone offline_access';
const { address, email, email_verified, phone_number, phone_number_verified, ...profile } = knownClaims;
const byScope = {
  profile: { ...profile, preferred_username: person.username },
  email: { email, email_verified },
  address: { address },
  phone: { phone_number, phone_number_verified },
};

describe('oidcc-basic-certification-test-plan', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let provider: Provider;
  let rp: RelyingParty;
  let second: RelyingParty;
  /** Redeemed at the start, so that half a minute has passed for it when the last test asks. */
  let early: { readonly code: string; readonly tokens: Tokens; readonly redeemedAt: number };

  before(async () => {
    provider = await startProvider(cleaning, 'conformance-basic');
    rp = new RelyingParty(provider, await register(provider, 'basic-1'));
    second = new RelyingParty(provider, await register(provider, 'basic-2'));
    const offline = { scope: 'openid offline_access', prompt: 'consent' };
    const answered = await rp.authorize(provider.newBrowser(), offline);
    const code = rp.codeOf(answered);
    const tokens = await rp.readTokens(await rp.redeem(code), answered.nonce);
    early = { code, tokens, redeemedAt: Date.now() };
  });
  after(() => cleaning.disposeAsync());

  it('oidcc-discovery-endpoint-verification: the document says what the specifications require of it (OpenID Connect Discovery §3, §4.3)', async () => {
    const { metadata, issuer } = provider;
    assert.equal(metadata.issuer, issuer);
    const has = (name: string, ...values: readonly string[]) => {
      const list = metadata[name];
      assert.ok(Array.isArray(list), `${name} is a list`);
      for (const value of values) assert.ok(list.includes(value), `${name} has ${value}`);
    };
    has('response_types_supported', 'code');
    has('response_modes_supported', 'query', 'form_post');
    has('grant_types_supported', 'authorization_code', 'refresh_token');
    has('subject_types_supported', 'public', 'pairwise');
    has('id_token_signing_alg_values_supported', 'RS256');
    has('scopes_supported', 'openid', 'profile', 'email', 'address', 'phone', 'offline_access');
    has('claims_supported', 'sub', 'iss', 'auth_time', ...Object.keys(knownClaims));
    has(
      'token_endpoint_auth_methods_supported',
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    );
    has('code_challenge_methods_supported', 'S256');
    has('acr_values_supported');
    assert.equal(metadata.claims_parameter_supported, true);
    assert.equal(metadata.request_parameter_supported, true);
    assert.equal(metadata.request_uri_parameter_supported, true);
    assert.equal(metadata.authorization_response_iss_parameter_supported, true);
    for (const [name, value] of Object.entries(metadata)) {
      if (/(_endpoint|_uri)$/.test(name)) assert.match(String(value), /^https:\/\//, name);
    }
    const algorithms = Object.entries(metadata).filter(([name]) => name.includes('_alg_values_supported'));
    for (const [name, values] of algorithms) {
      assert.ok(
        !(values as string[]).some((value) => value === 'none' || /^HS/.test(value)),
        `${name} names no secret key`,
      );
    }
    const { keys } = await rp.jwks();
    assert.ok(keys.length > 0);
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length, 'every key has an id of its own');
    for (const key of keys) {
      assert.ok(key.kid !== undefined && key.d === undefined && key.p === undefined);
    }
  });

  it('oidcc-server: the happy flow, twice, for two clients (OpenID Connect Core §3.1.2.5, §3.1.3.6)', async () => {
    const browser = provider.newBrowser();
    const first = await rp.authorize(browser);
    assert.equal(titles(first)[0], 'Sign in');
    const tokens = await rp.tokensOf(first);
    await rp.person(tokens);
    const single = await second.authorize(browser);
    assert.deepEqual(titles(single), ['Allow access'], 'one sign-in for both');
    const other = await second.tokensOf(single);
    assert.equal(other.claims.sub, tokens.claims.sub);
    assert.notEqual(other.claims.aud, tokens.claims.aud);
  });

  it('oidcc-response-type-missing: refused at the redirect URI (OpenID Connect Core §3.1.2.6)', async () => {
    const answered = await rp.authorize(provider.newBrowser(), { response_type: undefined });
    assert.ok(['invalid_request', 'unsupported_response_type'].includes(rp.errorOf(answered)));
  });

  it('oidcc-idtoken-signature: a client that names no algorithm is given an asymmetric signature that verifies (OpenID Connect Core §2)', async () => {
    await rp.tokensOf(await rp.authorize(provider.newBrowser()));
  });

  it('oidcc-idtoken-unsigned: `none` cannot be registered, and nothing advertises it (OpenID Connect Registration §2)', async () => {
    const { id_token_signing_alg_values_supported: algorithms } = provider.metadata;
    assert.ok(!(algorithms as string[]).includes('none'));
  });

  it('oidcc-userinfo-get: userinfo by GET with the token in the header (OpenID Connect Core §5.3.1, RFC 6750 §2.1)', async () => {
    const tokens = await rp.tokensOf(await rp.authorize(provider.newBrowser()));
    await rp.person(tokens);
  });

  it('oidcc-userinfo-post-header: userinfo by POST with the token in the header (OpenID Connect Core §5.3.1, RFC 6750 §2.1)', async () => {
    const tokens = await rp.tokensOf(await rp.authorize(provider.newBrowser()));
    const answer = await provider.wire(provider.metadata.userinfo_endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    assert.equal(answer.json().sub, tokens.claims.sub);
  });

  it('oidcc-userinfo-post-body: userinfo by POST with the token in the body (OpenID Connect Core §5.3.1, RFC 6750 §2.2)', async () => {
    const tokens = await rp.tokensOf(await rp.authorize(provider.newBrowser()));
    const answer = await provider.wire(provider.metadata.userinfo_endpoint, {
      form: { access_token: tokens.access_token },
    });
    assert.equal(answer.json().sub, tokens.claims.sub);
  });

  it('oidcc-ensure-request-without-nonce-succeeds-for-code-flow: and the ID token has none (OpenID Connect Core §3.1.2.1)', async () => {
    const tokens = await rp.tokensOf(await rp.authorize(provider.newBrowser(), { nonce: undefined }));
    assert.equal(tokens.claims.nonce, undefined);
  });

  for (const [scope, expected] of Object.entries(byScope)) {
    it(`oidcc-scope-${scope}: the scope's claims come at userinfo (OpenID Connect Core §5.4, §5.1)`, async () => {
      const tokens = await rp.tokensOf(
        await rp.authorize(provider.newBrowser(), { scope: `openid ${scope}` }),
      );
      const { sub, updated_at, ...claims } = await rp.person(tokens);
      assert.deepEqual(claims, expected);
      assert.equal(typeof updated_at, scope === 'profile' ? 'number' : 'undefined');
      assert.equal(tokens.claims.sub, sub);
    });
  }

  it('oidcc-scope-all: every claim of every scope comes at userinfo (OpenID Connect Core §5.4)', async () => {
    const answered = await rp.authorize(provider.newBrowser(), {
      scope: 'openid address email phone profile',
    });
    const { sub, updated_at, ...claims } = await rp.person(await rp.tokensOf(answered));
    assert.deepEqual(claims, Object.assign({}, ...Object.values(byScope)));
  });

  it('oidcc-alternate-happy-flow: neither the order of scopes nor of parameters counts (RFC 6749 §3.3, OpenID Connect Core §13.1)', async () => {
    const { url, ...attempt } = rp.attempt({ scope: 'email profile openid' });
    const reversed = new URL(url);
    reversed.search = new URLSearchParams([...url.searchParams].reverse()).toString();
    const browser = provider.newBrowser();
    const { end, met } = await browser.complete(await browser.visit(reversed), person);
    await rp.person(await rp.tokensOf({ ...attempt, url, met, answer: returned(end) }));
  });

  for (const display of ['page', 'popup']) {
    it(`oidcc-display-${display}: the sign-in page is shown as ever (OpenID Connect Core §3.1.2.1, §15.1)`, async () => {
      const answered = await rp.authorize(provider.newBrowser(), { display });
      assert.equal(titles(answered)[0], 'Sign in');
      await rp.tokensOf(answered);
    });
  }

  it('oidcc-prompt-login: a signed-in person signs in again, and auth_time is later (OpenID Connect Core §3.1.2.1, §3.1.2.3)', async () => {
    const browser = provider.newBrowser();
    const one = await rp.tokensOf(await rp.authorize(browser, { max_age: '10000' }));
    await secondAfter(one.claims.auth_time);
    const again = await rp.authorize(browser, { prompt: 'login', max_age: '10000' });
    assert.equal(titles(again)[0], 'Sign in');
    const two = await rp.tokensOf(again);
    assert.ok(Number(two.claims.auth_time) > Number(one.claims.auth_time));
    assert.equal(two.claims.sub, one.claims.sub);
  });

  it('oidcc-prompt-none-not-logged-in: login_required, and no page (OpenID Connect Core §3.1.2.6)', async () => {
    const answered = await rp.authorize(provider.newBrowser(), { prompt: 'none' });
    assert.deepEqual(answered.met, []);
    assert.equal(rp.errorOf(answered), 'login_required');
  });

  it('oidcc-prompt-none-logged-in: answers at once, with the same sub and auth_time (OpenID Connect Core §3.1.2.1)', async () => {
    const browser = provider.newBrowser();
    const one = await rp.tokensOf(await rp.authorize(browser, { max_age: '10000' }));
    await secondAfter(one.claims.auth_time);
    const silent = await rp.authorize(browser, { prompt: 'none', max_age: '10000' });
    assert.deepEqual(silent.met, []);
    const two = await rp.tokensOf(silent);
    assert.deepEqual([two.claims.sub, two.claims.auth_time], [one.claims.sub, one.claims.auth_time]);
  });

  it('oidcc-max-age-1: a sign-in that is too old is made anew, and auth_time is told (OpenID Connect Core §3.1.2.1)', async () => {
    const browser = provider.newBrowser();
    const one = await rp.tokensOf(await rp.authorize(browser, { max_age: '10000' }));
    await secondAfter(Number(one.claims.auth_time) + 1);
    const again = await rp.authorize(browser, { max_age: '1' });
    assert.equal(titles(again)[0], 'Sign in');
    const two = await rp.tokensOf(again);
    assert.ok(Number(two.claims.auth_time) > Number(one.claims.auth_time));
  });

  it('oidcc-max-age-10000: a recent sign-in is enough, and auth_time stays (OpenID Connect Core §3.1.2.1)', async () => {
    const browser = provider.newBrowser();
    const one = await rp.tokensOf(await rp.authorize(browser, { max_age: '15000' }));
    await secondAfter(one.claims.auth_time);
    const again = await rp.authorize(browser, { max_age: '10000' });
    assert.ok(!titles(again).includes('Sign in'));
    const two = await rp.tokensOf(again);
    assert.deepEqual([two.claims.sub, two.claims.auth_time], [one.claims.sub, one.claims.auth_time]);
    assert.equal(typeof two.claims.auth_time, 'number');
  });

  it('oidcc-ensure-request-with-unknown-parameter-succeeds: it is ignored (RFC 6749 §3.1)', async () => {
    await rp.tokensOf(await rp.authorize(provider.newBrowser(), { extra: 'foobar' }));
  });

  it('oidcc-id-token-hint: with prompt=none the hint brings a silent answer for the same person (OpenID Connect Core §3.1.2.1)', async () => {
    const browser = provider.newBrowser();
    const one = await rp.tokensOf(await rp.authorize(browser, { max_age: '10000' }));
    const silent = await rp.authorize(browser, {
      prompt: 'none',
      id_token_hint: one.id_token,
      max_age: '10000',
    });
    assert.deepEqual(silent.met, []);
    const two = await rp.tokensOf(silent);
    assert.deepEqual([two.claims.sub, two.claims.auth_time], [one.claims.sub, one.claims.auth_time]);
  });

  it('oidcc-login-hint: fills the user name in, and is no more than a hint (OpenID Connect Core §3.1.2.1)', async () => {
    const hint = `buffy@${new URL(provider.issuer).hostname}`;
    const answered = await rp.authorize(provider.newBrowser(), { login_hint: hint });
    assert.ok(answered.met[0]?.html.includes(`value="${hint}"`));
    await rp.tokensOf(answered);
  });

  for (const [name, parameter] of [
    ['oidcc-ui-locales', 'ui_locales'],
    ['oidcc-claims-locales', 'claims_locales'],
  ] as const) {
    it(`${name}: a language that nobody speaks here is no error (OpenID Connect Core §3.1.2.1, §5.2)`, async () => {
      await rp.tokensOf(await rp.authorize(provider.newBrowser(), { [parameter]: 'se' }));
    });
  }

  it('oidcc-ensure-request-with-acr-values-succeeds: and the ID token tells the true acr (OpenID Connect Core §3.1.2.1, §2)', async () => {
    const supported = provider.metadata.acr_values_supported as string[];
    for (const values of [supported.join(' '), '1 2', `urn:unknown ${supported[0]}`]) {
      const tokens = await rp.tokensOf(await rp.authorize(provider.newBrowser(), { acr_values: values }));
      assert.ok(supported.includes(String(tokens.claims.acr)));
    }
  });

  it('oidcc-codereuse: a code works once (OpenID Connect Core §3.1.3, RFC 6749 §4.1.2, §10.5)', async () => {
    const answered = await rp.authorize(provider.newBrowser());
    const code = rp.codeOf(answered);
    assert.equal((await rp.redeem(code)).status, 200);
    const again = await rp.redeem(code);
    assert.deepEqual([again.status, again.json().error], [400, 'invalid_grant']);
  });

  it('oidcc-ensure-registered-redirect-uri: an unregistered one gets a page and no redirect (OpenID Connect Core §3.1.2.1, RFC 9700 §4.1.3)', async () => {
    const page = screen(
      await provider.newBrowser().visit(rp.attempt({ redirect_uri: `${callback}/other` }).url),
    );
    assert.equal(page.status, 400);
    assert.ok(!page.html.includes('rp.example/certification/callback/other"'), 'nor a link to it');
  });

  it('oidcc-ensure-post-request-succeeds: the request may come as a form (OpenID Connect Core §3.1.2.1, §13.2)', async () => {
    const browser = provider.newBrowser();
    const { url, ...attempt } = rp.attempt();
    const start = await browser.post(`${url.origin}${url.pathname}`, Object.fromEntries(url.searchParams));
    const { end, met } = await browser.complete(start, person);
    await rp.tokensOf({ ...attempt, url, met, answer: returned(end) });
  });

  it('oidcc-server-client-secret-post: the secret may come in the body for a client registered so (OpenID Connect Core §9, RFC 6749 §2.3.1)', async () => {
    const post = new RelyingParty(provider, await register(provider, 'post', 'client_secret_post'));
    await post.person(await post.tokensOf(await post.authorize(provider.newBrowser())));
  });

  it('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: rejected, and not silently ignored (OpenID Connect Core §6.1, §3.1.2.6)', async () => {
    const { url } = rp.attempt();
    const request = new UnsecuredJWT(Object.fromEntries(url.searchParams)).encode();
    const answered = await rp.authorize(provider.newBrowser(), { request });
    assert.ok(['request_not_supported', 'invalid_request_object'].includes(rp.errorOf(answered)));
    assert.ok(!(provider.metadata.request_object_signing_alg_values_supported as string[]).includes('none'));
  });

  it('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: rejected for a URI that was not registered (OpenID Connect Core §6.2)', async () => {
    const answered = await rp.authorize(provider.newBrowser(), {
      request_uri: 'https://rp.example/request.jwt',
    });
    assert.ok(
      ['request_uri_not_supported', 'invalid_request_uri'].includes(rp.errorOf(answered)),
      rp.errorOf(answered),
    );
  });

  it('oidcc-ensure-request-object-with-redirect-uri: an object that is not proven decides nothing about where the answer goes (OpenID Connect Core §6.1)', async () => {
    const { url } = rp.attempt();
    const inside = { ...Object.fromEntries(url.searchParams), redirect_uri: 'https://attacker.example/' };
    for (const request of [
      new UnsecuredJWT(inside).encode(),
      await new SignJWT(inside).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(canary.clientSecret)),
    ]) {
      const browser = provider.newBrowser();
      const { end } = await browser.complete(await browser.visit(rp.attempt({ request }).url), person);
      if (end.kind === 'returned') {
        assert.equal(end.target, callback);
        assert.equal(end.parameters.get('code'), null);
      }
    }
  });

  it('oidcc-claims-essential: an essential name comes at userinfo (OpenID Connect Core §5.5, §5.5.1)', async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const tokens = await rp.tokensOf(await rp.authorize(provider.newBrowser(), { claims }));
    assert.equal((await rp.person(tokens)).name, knownClaims.name);
  });

  it('oidcc-refresh-token: it works, for its own client only (OpenID Connect Core §12, RFC 6749 §6)', async () => {
    const offline = { scope: 'openid offline_access', prompt: 'consent' };
    const one = await rp.tokensOf(await rp.authorize(provider.newBrowser(), offline));
    const refresh_token = one.refresh_token ?? '';
    assert.notEqual(refresh_token, '');
    const foreign = await second.token({ grant_type: 'refresh_token', refresh_token });
    assert.deepEqual([foreign.status, foreign.json().error], [400, 'invalid_grant']);
    const two = await rp.readTokens(
      await rp.token({ grant_type: 'refresh_token', refresh_token }),
      undefined,
    );
    for (const name of ['iss', 'sub', 'aud'] as const) assert.deepEqual(two.claims[name], one.claims[name]);
    assert.equal(two.claims.auth_time, one.claims.auth_time);
    assert.notEqual(two.access_token, one.access_token);
    await rp.person(two);
  });

  it('oidcc-ensure-request-with-valid-pkce-succeeds: the verifier is checked (RFC 7636 §4.3, §4.6)', async () => {
    const verifier = randomBytes(32).toString('base64url');
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const pkce = { code_challenge, code_challenge_method: 'S256' };
    await rp.tokensOf(await rp.authorize(provider.newBrowser(), pkce), { code_verifier: verifier });
    const code = rp.codeOf(await rp.authorize(provider.newBrowser(), pkce));
    for (const more of [{ code_verifier: `${verifier}x` }, {}]) {
      assert.equal((await rp.redeem(code, more)).json().error, 'invalid_grant');
    }
  });

  it('a wrong password shows the page again and answers nobody; the right one goes on (OpenID Connect Core §3.1.2.3)', async () => {
    const browser = provider.newBrowser();
    const { url, ...attempt } = rp.attempt();
    const wrong = { username: person.username, password: 'not the password' };
    const page = screen(await browser.submit(screen(await browser.visit(url)), wrong));
    assert.deepEqual([page.status, page.title], [401, 'Sign in']);
    const { end, met } = await browser.complete(page, person);
    await rp.tokensOf({ ...attempt, url, met, answer: returned(end) });
  });

  it('oidcc-codereuse-30seconds: a code that comes again half a minute later is refused, and what it gave ends (RFC 6749 §4.1.2)', async () => {
    const { code, tokens, redeemedAt } = early;
    assert.equal((await rp.userinfo(tokens.access_token)).status, 200);
    await sleep(Math.max(0, redeemedAt + 30_000 - Date.now()));
    const again = await rp.redeem(code);
    assert.deepEqual([again.status, again.json().error], [400, 'invalid_grant']);
    assert.equal((await rp.userinfo(tokens.access_token)).status, 401);
    const refresh_token = tokens.refresh_token ?? '';
    const refreshed = await rp.token({ grant_type: 'refresh_token', refresh_token });
    assert.equal(refreshed.json().error, 'invalid_grant');
  });
});

describe('oidcc-formpost-basic-certification-test-plan', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let provider: Provider;
  let rp: RelyingParty;

  before(async () => {
    provider = await startProvider(cleaning, 'conformance-formpost');
    rp = new RelyingParty(provider, { ...(await register(provider, 'formpost')), responseMode: 'form_post' });
  });
  after(() => cleaning.disposeAsync());

  it('oidcc-server: by form_post, the code and everything beside it come in a form (OAuth 2.0 Form Post Response Mode §2)', async () => {
    await rp.person(await rp.tokensOf(await rp.authorize(provider.newBrowser())));
  });

  it('oidcc-prompt-none-not-logged-in: by form_post, the error comes in a form as well (OAuth 2.0 Form Post Response Mode §2)', async () => {
    const answered = await rp.authorize(provider.newBrowser(), { prompt: 'none' });
    assert.equal(answered.answer.mode, 'form_post');
    assert.equal(rp.errorOf(answered), 'login_required');
  });

  it('oidcc-response-type-missing: by form_post, refused in a form or on a page (OAuth 2.0 Form Post Response Mode §2)', async () => {
    const answered = await rp.authorize(provider.newBrowser(), { response_type: undefined });
    assert.ok(['invalid_request', 'unsupported_response_type'].includes(rp.errorOf(answered)));
  });

  it('oidcc-ensure-registered-redirect-uri: by form_post, an unregistered one gets a page (OAuth 2.0 Form Post Response Mode §2)', async () => {
    screen(await provider.newBrowser().visit(rp.attempt({ redirect_uri: 'https://elsewhere.example/' }).url));
  });
});

async function register(
  { cli }: Provider,
  clientId: string,
  authMethod: 'client_secret_basic' | 'client_secret_post' = 'client_secret_basic',
): Promise<Registration> {
  const options = [
    '--auth-method',
    authMethod,
    '--redirect-uri',
    callback,
    '--scope',
    scopes,
    '--no-require-pkce',
  ];
  await cli(['client', 'add', '--id', clientId, '--secret-stdin', ...options], canary.clientSecret);
  return { clientId, clientSecret: canary.clientSecret, redirectUri: callback, authMethod };
}

function titles({ met }: { readonly met: readonly { readonly title: string }[] }): readonly string[] {
  return met.map(({ title }) => title);
}

/** Until the clock shows a later second than this. */
async function secondAfter(epochSeconds: unknown): Promise<void> {
  while (Math.floor(Date.now() / 1000) <= Number(epochSeconds)) await sleep(20);
}
