/** The steps that are a few lines each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseParameters } from '@countersign/protocol';
import type { AnswerTarget } from '../request.ts';
import { plainOrigin } from '../request.ts';
import { resolveClient } from './client.ts';
import { readDisplay } from './display.ts';
import { readLoginHint } from './login-hint.ts';
import { parseMaxAge } from './max-age.ts';
import { parseNonce, readState, validateState } from './opaque-values.ts';
import { parsePrompt } from './prompt.ts';
import { fromPairs, requirePushedRequest, toPairs } from './pushed-request.ts';
import { refuseRegistration, requireSignedRequest } from './request-object.ts';
import { resolveRequestedResources } from './resource.ts';
import { readResponseMode, validateResponseMode } from './response-mode.ts';
import { validateResponseType } from './response-type.ts';
import { clientWith, contextOf, refuses, stepInput } from './step-input.test-support.ts';
import { readUiLocales } from './ui-locales.ts';

test('client_id names an enabled client, and unknown, disabled and oversized look the same (RFC 6749 §4.1.2.1)', async () => {
  const enabled = clientWith();
  const disabled = { ...enabled, id: 'off', disabledAt: 1 };
  const find = async (_tenant: string, id: string) => [enabled, disabled].find((client) => client.id === id);
  const resolve = (query: string) => resolveClient(parseParameters(query), contextOf(), find);
  assert.equal(await resolve('client_id=web'), enabled);
  const answers = ['client_id=nobody', 'client_id=off', `client_id=${'x'.repeat(257)}`].map((query) =>
    resolve(query).then(
      () => undefined,
      ({ code, description, status }: { code: string; description: string; status: number }) => [
        code,
        description,
        status,
      ],
    ),
  );
  assert.deepEqual(new Set((await Promise.all(answers)).map((answer) => JSON.stringify(answer))).size, 1);
  await assert.rejects(resolve('client_id=off'), { code: 'invalid_client', status: 400 });
  await assert.rejects(resolve('client_id='), { code: 'invalid_request' });
});

test('response types other than code are refused (CAP-1, RFC 9700 §2.1.2)', () => {
  for (const type of ['token', 'id_token', 'code token', 'code id_token', 'none', 'CODE', 'code code']) {
    const input = stepInput(`response_type=${encodeURIComponent(type)}`);
    refuses(() => validateResponseType(input), 'unsupported_response_type', 'response_type');
  }
  refuses(() => validateResponseType(stepInput('')), 'invalid_request', 'response_type');
  validateResponseType(stepInput('response_type=code'));
});

test('a client without the authorization_code grant is unauthorized_client (RFC 6749 §4.1.2.1)', () => {
  const client = clientWith({ grant_types: ['client_credentials'], response_types: [] });
  refuses(
    () => validateResponseType(stepInput('response_type=code', { client })),
    'unauthorized_client',
    'grant_type',
  );
});

const answeredAt = (query: string, redirectUri = 'https://app.example/cb'): AnswerTarget => {
  const { parameters, client } = stepInput(query);
  const responseMode = readResponseMode(parameters, redirectUri);
  return {
    client,
    redirectUri,
    redirectUriSent: true,
    responseMode,
    state: readState(parameters, responseMode),
    uiLocales: [],
    display: 'page',
  };
};

test('response modes other than query and form_post are refused, and by query (CAP-1, OAuth 2.0 Multiple Response Types §2.1)', () => {
  for (const mode of [
    'fragment',
    'query.jwt',
    'jwt',
    'form_post.jwt',
    'web_message',
    'QUERY',
    'form_post query',
  ]) {
    const query = `response_mode=${encodeURIComponent(mode)}`;
    refuses(
      () => validateResponseMode(stepInput(query), answeredAt(query)),
      'invalid_request',
      'response_mode',
    );
    assert.equal(answeredAt(query).responseMode, 'query', mode);
  }
  for (const [query, mode] of [
    ['response_mode=query', 'query'],
    ['response_mode=form_post', 'form_post'],
    ['', 'query'],
  ] as const) {
    validateResponseMode(stepInput(query), answeredAt(query));
    assert.equal(answeredAt(query).responseMode, mode);
  }
});

test('form_post wants a redirect URI that a form can be posted to (Form Post Response Mode §2)', () => {
  const query = 'response_mode=form_post';
  for (const redirectUri of ['com.example.app:/cb', 'http://a;b.example/cb']) {
    const target = answeredAt(query, redirectUri);
    assert.equal(target.responseMode, 'query', redirectUri);
    refuses(() => validateResponseMode(stepInput(query), target), 'invalid_request', 'response_mode');
  }
  for (const redirectUri of [
    'http://127.0.0.1:8123/cb',
    'http://[::1]:8123/cb',
    'https://app.example/cb?x',
  ]) {
    assert.equal(answeredAt(query, redirectUri).responseMode, 'form_post', redirectUri);
  }
});

test('prompt none stands alone, and an unknown value is refused (OpenID Connect Core §3.1.2.1)', () => {
  assert.deepEqual([...parsePrompt(stepInput('prompt=login+consent++login'))], ['login', 'consent']);
  assert.deepEqual([...parsePrompt(stepInput('prompt=none+none'))], ['none']);
  assert.equal(parsePrompt(stepInput('')).size, 0);
  for (const prompt of [
    'none login',
    'select_account none',
    'create',
    'LOGIN',
    'none,login',
    `login ${'x '.repeat(101)}`,
  ]) {
    refuses(() => parsePrompt(stepInput(`prompt=${encodeURIComponent(prompt)}`)), 'invalid_request');
  }
});

test('max_age is the request’s, else the client’s default (OpenID Connect Core §3.1.2.1, Registration §2)', () => {
  const client = clientWith({ default_max_age: 600 });
  assert.equal(parseMaxAge(stepInput('max_age=0', { client })), 0);
  assert.equal(parseMaxAge(stepInput('', { client })), 600);
  assert.equal(parseMaxAge(stepInput('')), undefined);
  for (const value of ['-1', '1.5', '01', '1e3', '0x10', '99999999999', 'soon']) {
    refuses(() => parseMaxAge(stepInput(`max_age=${value}`)), 'invalid_request');
  }
});

test('a nonce is kept to the character or refused, never cut (protocol notes, OpenID Connect Core §3.1.2.1)', () => {
  const nonce = `${'n'.repeat(380)}\u{1f980}~~`;
  assert.equal(parseNonce(stepInput(`nonce=${encodeURIComponent(nonce)}`)), nonce);
  assert.equal(parseNonce(stepInput(`nonce=${'n'.repeat(1024)}`))?.length, 1024);
  refuses(() => parseNonce(stepInput(`nonce=${'n'.repeat(1025)}`)), 'invalid_request');
  assert.equal(parseNonce(stepInput('')), null);
});

test('a state beyond what is echoed is refused and left out, never cut (protocol notes)', () => {
  const longest = 's'.repeat(4096);
  const kept = answeredAt(`state=${longest}`);
  assert.equal(kept.state, longest);
  validateState(stepInput(`state=${longest}`), kept);
  const cut = answeredAt(`state=${longest}s`);
  assert.equal(cut.state, undefined);
  refuses(() => validateState(stepInput(`state=${longest}s`), cut), 'invalid_request');
});

test('a state with a line break, which a form would change, is refused under form_post and kept by query (Form Post Response Mode §2)', () => {
  for (const encoded of ['a%0Ab', 'a%0Db', 'a%0D%0Ab']) {
    const posted = `state=${encoded}&response_mode=form_post`;
    assert.equal(answeredAt(posted).state, undefined);
    refuses(() => validateState(stepInput(posted), answeredAt(posted)), 'invalid_request');
    const redirected = `state=${encoded}`;
    assert.equal(answeredAt(redirected).state, decodeURIComponent(encoded));
    validateState(stepInput(redirected), answeredAt(redirected));
  }
});

test('a resource that the client is not registered for is invalid_target (RFC 8707 §2.1)', () => {
  const client = clientWith({ audiences: ['https://api.example/', 'https://other.example/'] });
  const resolve = (query: string) => resolveRequestedResources(stepInput(query, { client }));
  assert.deepEqual(resolve('resource=https://api.example/&resource=https://api.example/'), [
    'https://api.example/',
  ]);
  assert.deepEqual(resolve(''), []);
  for (const resource of [
    'https://api.example',
    'https://evil.example/',
    'api',
    'https://api.example/%23x',
    '/api',
  ]) {
    refuses(() => resolve(`resource=${resource}`), 'invalid_target');
  }
  refuses(() => resolve('resource=https://api.example/&resource=https://evil.example/'), 'invalid_target');
});

test('registration by the way is refused by its own code (OpenID Connect Core §3.1.2.6)', () => {
  refuses(() => refuseRegistration(stepInput('registration={}')), 'registration_not_supported');
  refuseRegistration(stepInput('claims={}'));
});

test('a client registered to sign its requests is not served unsigned ones (RFC 9101 §10.5)', () => {
  const jwks = {
    keys: [
      {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      },
    ],
  };
  const client = clientWith({ require_signed_request_object: true, jwks });
  refuses(() => requireSignedRequest(stepInput('', { client }), plainOrigin), 'invalid_request');
  requireSignedRequest(stepInput('', { client }), { ...plainOrigin, isSigned: true });
  requireSignedRequest(stepInput(''), plainOrigin);
});

test('a client registered to push, and everybody under FAPI 2.0, pushes (RFC 9126 §6)', () => {
  const pushing = clientWith({ require_pushed_authorization_requests: true });
  refuses(() => requirePushedRequest(pushing, contextOf(), false), 'invalid_request');
  requirePushedRequest(pushing, contextOf(), true);
  refuses(() => requirePushedRequest(clientWith(), contextOf('fapi2-security'), false), 'invalid_request');
  requirePushedRequest(clientWith(), contextOf(), false);
});

test('parameters survive being stored as pairs, repeated ones in order', () => {
  const parameters = parseParameters('a=1&resource=x&resource=y&empty=&constructor=c&__proto__=p');
  const restored = fromPairs(JSON.parse(JSON.stringify(toPairs(parameters))));
  assert.deepEqual(toPairs(restored), toPairs(parameters));
  assert.deepEqual(restored.all('resource'), ['x', 'y']);
  assert.equal(restored.get('__proto__'), 'p');
  assert.equal(restored.has('empty'), false);
  assert.equal(restored.get('toString'), undefined);
});

test('ui_locales is a wish: it never fails and is bounded (OpenID Connect Core §3.1.2.1)', () => {
  assert.deepEqual(readUiLocales(parseParameters('ui_locales=de++en')), ['de', 'en']);
  assert.deepEqual(readUiLocales(parseParameters('')), []);
  assert.equal(readUiLocales(parseParameters(`ui_locales=${'xx+'.repeat(500)}`)).length, 10);
});

test('login_hint and display are wishes: they never fail and are bounded (OpenID Connect Core §3.1.2.1)', () => {
  assert.equal(readLoginHint(stepInput(`login_hint=${'x'.repeat(1000)}`))?.length, 256);
  assert.equal(readLoginHint(stepInput('')), undefined);
  for (const display of ['page', 'popup', 'touch', 'wap'] as const) {
    assert.equal(readDisplay(parseParameters(`display=${display}`)), display);
  }
  for (const query of ['', 'display=hologram', 'display=PAGE', 'display=page+popup', 'display=constructor']) {
    assert.equal(readDisplay(parseParameters(query)), 'page', query);
  }
});
