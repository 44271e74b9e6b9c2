import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { openHarness } from '../testing/harness.ts';
import { createRegistrant, registrationOf, replaceable, shop } from './registration.test-support.ts';

const harness = await openHarness();
after(() => harness.close());
await harness.changeTenant({ dynamicRegistration: 'open', dynamicClients: { maxClients: 100_000 } });
const registrant = createRegistrant(harness);
const codes =
  /^invalid_(request|redirect_uri|client_metadata|software_statement)$|^unapproved_software_statement$/;

const names = [
  'redirect_uris',
  'grant_types',
  'response_types',
  'client_name',
  'client_name#de',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'contacts',
  'scope',
  'default_scope',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'application_type',
  'jwks',
  'jwks_uri',
  'sector_identifier_uri',
  'subject_type',
  'id_token_signed_response_alg',
  'id_token_encrypted_response_alg',
  'id_token_encrypted_response_enc',
  'userinfo_signed_response_alg',
  'request_object_signing_alg',
  'request_uris',
  'default_max_age',
  'require_auth_time',
  'default_acr_values',
  'initiate_login_uri',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'software_id',
  'software_statement',
  'dpop_bound_access_tokens',
  'tls_client_auth_subject_dn',
  'allowed_origins',
  'client_id',
  'client_secret',
  'registration_access_token',
  'constructor',
  'toString',
  '__proto__',
  '',
];
const words = fc.constantFrom(
  'authorization_code',
  'code',
  'none',
  'RS256',
  'ES256',
  'web',
  'native',
  'pairwise',
  'openid',
  'https://shop.example/callback',
  'http://localhost:1/',
  'com.example.app:/cb',
  'javascript:alert(1)',
  'https://[::1',
  'https://*.example/',
  '\u202e',
  '\ud800',
  'x'.repeat(3000),
);
const value = fc.oneof(
  { weight: 4, arbitrary: words },
  { weight: 3, arbitrary: fc.array(words, { maxLength: 4 }) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constant({ keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }] }) },
);
const description = fc
  .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 8 })
  .map(
    (members) => `{${members.map(([name, of]) => `${JSON.stringify(name)}:${JSON.stringify(of)}`).join()}}`,
  );
/** Words around a description that would be taken, so that chance gets past the first rules. */
const nearly = fc
  .tuple(fc.constantFrom(...names), value)
  .map(([name, of]) => JSON.stringify({ ...shop, [name]: of }));

test('no random registration ends in a 500: it is made, or refused with a registered code and the rule (RFC 7591 §3.2.2)', async () => {
  let made = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        { weight: 3, arbitrary: description },
        { weight: 4, arbitrary: nearly },
        { weight: 1, arbitrary: fc.string() },
      ),
      async (text) => {
        const { status, body } = await registrant.register(text);
        if (status === 201) {
          made += 1;
          return;
        }
        assert.equal(status, 400, text);
        assert.match(String(body.error), codes, text);
        assert.match(String(body.error_description), /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,256}$/, text);
      },
    ),
    { numRuns: 1500 },
  );
  assert.ok(made > 50, `only ${made} of 1500 were made`);
});

test('no random update ends in a 500, and one that is refused changes nothing (RFC 7592 §2.2)', async () => {
  const mine = await registrant.register(shop);
  const base = replaceable(mine);
  let current = (await registrant.read(registrationOf(mine))).body;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), value, async (name, of) => {
      const sent = JSON.parse(JSON.stringify({ ...base, [name]: of })) as object;
      const answer = await registrant.replace(registrationOf(mine), sent);
      assert.ok([200, 400].includes(answer.status), `${answer.status} ${name}`);
      const { body } = await registrant.read(registrationOf(mine));
      if (answer.status === 200) current = body;
      assert.deepEqual(body, current);
    }),
    { numRuns: 500 },
  );
});

test('any method and any token at any registration is answered without a 500 (RFC 7592 §2)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'PUT', 'DELETE', 'POST', 'PATCH', 'HEAD', 'OPTIONS'),
      fc.webQueryParameters(),
      fc.oneof(fc.string(), fc.constant('cs_reg_x')),
      async (method, query, token) => {
        const safe = token.replaceAll(/[^\x21-\x7e]/g, '');
        const response = await harness.fetch(`/oauth2/register?${query}`, {
          method,
          headers: { authorization: `Bearer ${safe}`, 'content-type': 'application/json' },
        });
        assert.ok([400, 401, 405].includes(response.status), `${method} ${response.status}`);
      },
    ),
    { numRuns: 500 },
  );
});
