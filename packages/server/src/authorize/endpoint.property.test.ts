import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { openHarness, testIssuer } from '../testing/harness.ts';
import { createFlow, encode, postedForm, redirectUri, requestOf } from './flow.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const client = await flow.client();
const ada = await flow.person();
const asAda = { cookie: ada.cookie };
const hint = (await flow.tokens(client, ada)).id_token;

test('no random request ends in a 500, or at a redirect URI that is not registered, by redirect or by form (CAP-1, RFC 6749 §4.1.2.1)', async () => {
  const names = [
    'client_id',
    'redirect_uri',
    'response_type',
    'response_mode',
    'scope',
    'state',
    'nonce',
    'prompt',
    'max_age',
    'code_challenge',
    'code_challenge_method',
    'request',
    'request_uri',
    'resource',
    'login_hint',
    'ui_locales',
    'claims_locales',
    'display',
    'claims',
    'acr_values',
    'id_token_hint',
    'registration',
    '%',
    '__proto__',
  ];
  const values = [
    client.id,
    redirectUri,
    'https://evil.example/',
    '//evil.example',
    'code',
    'token',
    'query',
    'form_post',
    'fragment',
    'openid',
    'openid offline_access',
    'none',
    'login',
    'S256',
    'plain',
    '0',
    '9999999999',
    requestOf(client.id).code_challenge as string,
    '{"id_token":{"acr":{"essential":true,"values":["gold"]}}}',
    '{"userinfo":{"sub":{"value":"USR-default-x"}},"id_token":{"auth_time":null}}',
    '{"id_token":{"__proto__":{}}}',
    hint,
    'aal1 gold',
    'popup',
    '"><form action="https://evil.example/">',
    'a\r\nb',
    'urn:ietf:params:oauth:request_uri:x',
    '',
    '%',
    '%00',
    '%ff',
    '\u00fc',
  ];
  const pair = fc.tuple(
    fc.constantFrom(...names),
    fc.oneof(fc.constantFrom(...values), fc.string({ maxLength: 20 })),
    fc.boolean(),
  );
  const base = fc.constantFrom(
    '',
    encode(requestOf(client.id)),
    encode({ client_id: client.id, redirect_uri: redirectUri }),
    encode(requestOf(client.id, { response_mode: 'form_post' })),
  );
  await fc.assert(
    fc.asyncProperty(
      base,
      fc.array(pair, { maxLength: 8 }),
      fc.boolean(),
      fc.boolean(),
      async (start, pairs, isPost, isSignedIn) => {
        const rest = pairs.map(
          ([name, value, raw]) => `${name}=${raw ? value.replaceAll('#', '') : encodeURIComponent(value)}`,
        );
        const encoded = [start, ...rest].filter((part) => part !== '').join('&');
        const headers = { ...(isSignedIn && asAda), 'content-type': 'application/x-www-form-urlencoded' };
        const response = isPost
          ? await harness.fetch('/oauth2/authorize', { method: 'POST', body: encoded, headers })
          : await harness.fetch(`/oauth2/authorize?${encoded}`, { headers });
        assert.ok([200, 303, 400, 413].includes(response.status), `${response.status} for ${encoded}`);
        if (response.status === 200) {
          const { action, fields } = await postedForm(response);
          assert.equal(action, redirectUri, encoded);
          assert.ok(fields.iss === testIssuer && (fields.code ?? fields.error) !== undefined, encoded);
        }
        const location = response.headers.get('location') ?? '';
        assert.ok(
          response.status !== 303 ||
            /^\/(login|consent|oauth2\/authorize\/resume)\?interaction=/.test(location) ||
            location.startsWith(`${redirectUri}?`),
          `${location} for ${encoded}`,
        );
      },
    ),
    { numRuns: 400 },
  );
});
