/** The modules of `oidcc-dynamic-certification-test-plan`: every client registers itself. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JWTPayload,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { returned, screen } from './support/browser.ts';
import { type Provider, person, startProvider, tenant } from './support/provider.ts';
import { openPublisher, type Publisher } from './support/publisher.ts';
import { type ClientKey, type Registration, RelyingParty } from './support/relying-party.ts';
import type { Answer } from './support/wire.ts';

const suite = { timeout: 300_000 };
const callback = 'https://rp.example/certification/callback';

describe('oidcc-dynamic-certification-test-plan', suite, () => {
  const cleaning = new AsyncDisposableStack();
  let provider: Provider;
  let publisher: Publisher;

  before(async () => {
    publisher = await openPublisher(cleaning);
    provider = await startProvider(cleaning, 'conformance-dynamic', {
      COUNTERSIGN_OUTBOUND__CA_FILE: publisher.certFile,
    });
    await provider.server.cli(['tenant', 'set', tenant, '--dynamic-registration', 'open']);
    // The command is another process than the server, which is told within a second.
    const deadline = performance.now() + 1000;
    let metadata = provider.metadata;
    while (metadata.registration_endpoint === undefined && performance.now() < deadline) {
      await sleep(20);
      const document = await provider.wire(`${provider.issuer}/.well-known/openid-configuration`);
      metadata = document.json();
    }
    provider = { ...provider, metadata };
  });
  after(() => cleaning.disposeAsync());

  function ask(metadata: Readonly<Record<string, unknown>>): Promise<Answer> {
    return provider.wire(provider.metadata.registration_endpoint, {
      json: { redirect_uris: [callback], contacts: ['certification@oidf.org'], ...metadata },
    });
  }

  async function register(
    metadata: Readonly<Record<string, unknown>> = {},
    more: Partial<Registration> = {},
  ) {
    const answer = await ask(metadata);
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const body = answer.json();
    for (const [name, value] of Object.entries(metadata)) assert.deepEqual(body[name], value, name);
    if (body.client_secret !== undefined) assert.equal(typeof body.client_secret_expires_at, 'number');
    const redirectUri = (body.redirect_uris as string[])[0] ?? '';
    return new RelyingParty(provider, {
      clientId: String(body.client_id),
      ...(body.client_secret !== undefined && { clientSecret: String(body.client_secret) }),
      authMethod: body.token_endpoint_auth_method as NonNullable<Registration['authMethod']>,
      redirectUri,
      ...more,
    });
  }

  async function refuse(metadata: Readonly<Record<string, unknown>>): Promise<string> {
    const answer = await ask(metadata);
    assert.equal(answer.status, 400, answer.text);
    return String(answer.json().error);
  }

  it('oidcc-discovery-endpoint-verification: with a registration endpoint (OpenID Connect Discovery §3, OpenID Connect Core §15.2)', () => {
    assert.match(provider.metadata.registration_endpoint, /^https:/);
    assert.equal(provider.metadata.require_request_uri_registration, true);
  });

  it('oidcc-server: a client that has just registered signs a person in (OpenID Connect Registration §3.1, §3.2)', async () => {
    const rp = await register();
    await rp.person(await rp.tokensOf(await rp.authorize(provider.newBrowser())));
  });

  it('oidcc-idtoken-rs256: the ID token is signed with RS256 for a client that asks so, or asks nothing (OpenID Connect Registration §2)', async () => {
    for (const metadata of [{ id_token_signed_response_alg: 'RS256' }, {}]) {
      const rp = await register(metadata, { idTokenAlg: 'RS256' });
      await rp.tokensOf(await rp.authorize(provider.newBrowser()));
    }
  });

  it('oidcc-idtoken-unsigned: `none` is refused at registration (OpenID Connect Registration §3.3)', async () => {
    assert.equal(await refuse({ id_token_signed_response_alg: 'none' }), 'invalid_client_metadata');
  });

  it('oidcc-userinfo-rs256: userinfo comes as a signed JWT with iss and aud (OpenID Connect Core §5.3.2)', async () => {
    const rp = await register({ userinfo_signed_response_alg: 'RS256' });
    const tokens = await rp.tokensOf(await rp.authorize(provider.newBrowser()));
    const answer = await rp.userinfo(tokens.access_token);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/jwt/);
    const { payload } = await jwtVerify(answer.text, createLocalJWKSet(await rp.jwks()), {
      issuer: provider.issuer,
      audience: rp.registration.clientId,
      algorithms: ['RS256'],
    });
    assert.equal(payload.sub, tokens.claims.sub);
  });

  it('oidcc-ensure-redirect-uri-in-authorization-request: of two redirect URIs none is guessed (OpenID Connect Core §3.1.2.1, RFC 6749 §3.1.2.3)', async () => {
    const rp = await register({ redirect_uris: [callback, `${callback}/2`] });
    const page = screen(await provider.newBrowser().visit(rp.attempt({ redirect_uri: undefined }).url));
    assert.equal(page.status, 400);
  });

  it('oidcc-redirect-uri-query-OK: a registered query is kept, and the answer stands beside it (RFC 6749 §3.1.2)', async () => {
    const rp = await register({ redirect_uris: [`${callback}?foo=bar`] });
    const answered = await rp.authorize(provider.newBrowser());
    assert.equal(answered.answer.parameters.get('foo'), 'bar');
    await rp.tokensOf(answered);
  });

  it('oidcc-redirect-uri-query-mismatch: another query is another URI (OpenID Connect Core §3.1.2.1)', async () => {
    const rp = await register({ redirect_uris: [`${callback}?foo=bar`] });
    const other = rp.attempt({ redirect_uri: `${callback}?bar=foo` });
    assert.equal(screen(await provider.newBrowser().visit(other.url)).status, 400);
  });

  it('oidcc-redirect-uri-query-added: a query that was not registered is refused (OpenID Connect Core §3.1.2.1)', async () => {
    const rp = await register();
    const added = rp.attempt({ redirect_uri: `${callback}?foo=bar` });
    assert.equal(screen(await provider.newBrowser().visit(added.url)).status, 400);
  });

  it('oidcc-redirect-uri-regfrag: a redirect URI with a fragment is not registered (RFC 6749 §3.1.2, OpenID Connect Registration §3.3)', async () => {
    assert.equal(await refuse({ redirect_uris: [`${callback}#foobar`] }), 'invalid_redirect_uri');
  });

  for (const [module, member] of [
    ['oidcc-registration-logo-uri', 'logo_uri'],
    ['oidcc-registration-policy-uri', 'policy_uri'],
    ['oidcc-registration-tos-uri', 'tos_uri'],
  ] as const) {
    it(`${module}: the person sees it at the sign-in page (OpenID Connect Registration §2)`, async () => {
      const uri = `https://rp.example/${member}`;
      const rp = await register({ [member]: uri });
      const page = screen(await provider.newBrowser().visit(rp.attempt().url));
      assert.equal(page.title, 'Sign in');
      const shown = member === 'logo_uri' ? /<img\b[^>]*src="([^"]*)"/ : new RegExp(`href="(${uri})"`);
      assert.equal(shown.exec(page.html)?.[1], uri);
    });
  }

  it('oidcc-registration-jwks-uri: an assertion is verified with the keys at jwks_uri (OpenID Connect Registration §2, OpenID Connect Core §9)', async () => {
    const { rp } = await keyed('jwks');
    await rp.person(await rp.tokensOf(await rp.authorize(provider.newBrowser())));
  });

  it('oidcc-ensure-client-assertion-with-iss-aud-succeeds: aud is the issuer, or the URL of the endpoint (RFC 7523 §3, OpenID Connect Core §9)', async () => {
    const { rp } = await keyed('assertions');
    for (const audience of [provider.issuer, provider.metadata.token_endpoint]) {
      const code = rp.codeOf(await rp.authorize(provider.newBrowser()));
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: callback,
        client_id: rp.registration.clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await rp.assertion(audience),
      };
      const answer = await provider.wire(provider.metadata.token_endpoint, { form });
      assert.equal(answer.status, 200, `${audience}: ${answer.text}`);
    }
  });

  it('oidcc-registration-sector-uri: pairwise subjects by a list that names the redirect URI (OpenID Connect Registration §5, OpenID Connect Core §8)', async () => {
    const sector_identifier_uri = publisher.publish('/sector', JSON.stringify([callback, `${callback}/2`]));
    const pairwise = { subject_type: 'pairwise', sector_identifier_uri };
    const [one, two] = [
      await register(pairwise),
      await register({ ...pairwise, redirect_uris: [`${callback}/2`] }),
    ];
    const [plain, browser] = [await register(), provider.newBrowser()];
    const subjects: unknown[] = [];
    for (const rp of [one, two, plain]) {
      const tokens = await rp.tokensOf(await rp.authorize(browser));
      await rp.person(tokens);
      subjects.push(tokens.claims.sub);
    }
    assert.equal(subjects[0], subjects[1], 'one sector, one sub');
    assert.notEqual(subjects[0], subjects[2]);
  });

  it('oidcc-registration-sector-bad: a list without the redirect URI is refused (OpenID Connect Registration §5)', async () => {
    const sector_identifier_uri = publisher.publish('/sector-bad', '["https://rp.example/another"]');
    assert.equal(await refuse({ sector_identifier_uri }), 'invalid_client_metadata');
    assert.equal(
      await refuse({ sector_identifier_uri, subject_type: 'pairwise' }),
      'invalid_client_metadata',
    );
  });

  it('oidcc-server-rotate-keys: after a rotation there is a new key, and the old one is still published (OpenID Connect Core §10.1)', async () => {
    const rp = await register();
    const tokens = await rp.tokensOf(await rp.authorize(provider.newBrowser()));
    const kids = async () => (await rp.jwks()).keys.map(({ kid }) => kid);
    const before = await kids();
    await provider.cli(['key', 'rotate', '--alg', 'RS256', '--emergency']);
    // The command is another process than the server, which is told within a second.
    const deadline = performance.now() + 1000;
    let after = await kids();
    while (after.every((kid) => before.includes(kid)) && performance.now() < deadline) {
      await sleep(20);
      after = await kids();
    }
    assert.ok(
      after.some((kid) => !before.includes(kid)),
      'a new one',
    );
    assert.ok(
      before.every((kid) => after.includes(kid)),
      'every old one',
    );
    await rp.verifyIdToken(tokens.id_token, tokens.access_token);
    await rp.tokensOf(await rp.authorize(provider.newBrowser()));
  });

  it('oidcc-refresh-token-rp-key-rotation: a new key at jwks_uri is found when it is first used (OpenID Connect Core §10.1, §12)', async () => {
    const { rp, rotate } = await keyed('rotating');
    const offline = { scope: 'openid offline_access', prompt: 'consent' };
    const one = await rp.tokensOf(await rp.authorize(provider.newBrowser(), offline));
    await rotate();
    // The suite waits for a minute; a set is fetched again after a few seconds.
    await sleep(11_000);
    const refresh = { grant_type: 'refresh_token', refresh_token: one.refresh_token ?? '' };
    await rp.readTokens(await rp.token(refresh), undefined);
  });

  it('oidcc-request-uri-unsigned: an unsigned object is refused at registration and by reference (OpenID Connect Core §6.2)', async () => {
    assert.equal(await refuse({ request_object_signing_alg: 'none' }), 'invalid_client_metadata');
    const path = '/unsigned.jwt';
    const rp = await register({ request_uris: [`${publisher.origin}${path}`] });
    const { url } = rp.attempt();
    const object = new UnsecuredJWT(Object.fromEntries(url.searchParams)).encode();
    const request_uri = publisher.publish(path, object, 'application/oauth-authz-req+jwt');
    const answered = await rp.authorize(provider.newBrowser(), { request_uri });
    assert.equal(rp.errorOf(answered), 'invalid_request_object');
  });

  it('oidcc-request-uri-signed-rs256: a signed object behind a registered URI is the request (OpenID Connect Core §6.2, §6.3, RFC 9101 §5.2)', async () => {
    const path = '/signed.jwt';
    const { rp, key } = await keyed('objects', {
      request_uris: [`${publisher.origin}${path}`],
      request_object_signing_alg: 'RS256',
    });
    const attempt = rp.attempt();
    const claims = {
      ...Object.fromEntries(attempt.url.searchParams),
      iss: rp.registration.clientId,
      aud: provider.issuer,
    };
    const request_uri = publisher.publish(path, await sign(claims, key()), 'application/oauth-authz-req+jwt');
    const { clientId: client_id } = rp.registration;
    const outside = new URL(provider.metadata.authorization_endpoint);
    outside.search = new URLSearchParams({
      client_id,
      response_type: 'code',
      scope: 'openid',
      request_uri,
    }).toString();
    const browser = provider.newBrowser();
    const { end, met } = await browser.complete(await browser.visit(outside), person);
    await rp.tokensOf({ ...attempt, met, answer: returned(end) });
  });

  it('oidcc-ensure-request-object-with-redirect-uri: the redirect URI of a proven object counts, not the one outside (OpenID Connect Core §6.1, RFC 9101 §6.3)', async () => {
    const { rp, key } = await keyed('inside', { redirect_uris: [callback, `${callback}/2`] });
    const attempt = rp.attempt();
    const claims = {
      ...Object.fromEntries(attempt.url.searchParams),
      iss: rp.registration.clientId,
      aud: provider.issuer,
    };
    const request = await sign(claims, key());
    const outside = rp.attempt({
      request,
      redirect_uri: `${callback}/2`,
      state: attempt.state,
      nonce: attempt.nonce,
    });
    const browser = provider.newBrowser();
    const { end, met } = await browser.complete(await browser.visit(outside.url), person);
    assert.equal(returned(end).target, callback);
    await rp.tokensOf({ ...attempt, met, answer: returned(end) });
  });

  it('oidcc-refresh-token: a client that registered the grant refreshes (OpenID Connect Core §12)', async () => {
    const rp = await register({ grant_types: ['authorization_code', 'refresh_token'] });
    const offline = { scope: 'openid offline_access', prompt: 'consent' };
    const one = await rp.tokensOf(await rp.authorize(provider.newBrowser(), offline));
    const refresh = { grant_type: 'refresh_token', refresh_token: one.refresh_token ?? '' };
    const two = await rp.readTokens(await rp.token(refresh), undefined);
    assert.equal(two.claims.sub, one.claims.sub);
  });

  /** A client with private_key_jwt whose keys are published at a URL of its own. */
  async function keyed(name: string, metadata: Readonly<Record<string, unknown>> = {}) {
    let current = await newKey(`${name}-1`);
    const path = `/${name}.json`;
    const publish = () => publisher.publish(path, JSON.stringify({ keys: [current.jwk] }));
    const rp = await register(
      {
        token_endpoint_auth_method: 'private_key_jwt',
        grant_types: ['authorization_code', 'refresh_token'],
        jwks_uri: publish(),
        ...metadata,
      },
      { key: () => current },
    );
    const rotate = async () => {
      current = await newKey(`${name}-2`);
      publish();
    };
    return { rp, rotate, key: () => current };
  }
});

async function newKey(kid: string): Promise<ClientKey & { readonly jwk: object }> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return {
    kid,
    alg: 'RS256',
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' },
  };
}

function sign(claims: JWTPayload, { alg, kid, privateKey }: ClientKey): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(privateKey);
}
