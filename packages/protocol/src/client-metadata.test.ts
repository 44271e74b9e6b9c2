import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type ClientMetadataContext,
  formatClientMetadata,
  type Profile,
  parseClientMetadata,
} from './client-metadata.ts';
import { OAuthError, type OAuthErrorCode, type ProfileFeature } from './errors.ts';
import { makeRecipient } from './jose/encryption-keys.test-support.ts';
import { makeKey } from './jose/signing-keys.test-support.ts';

const context: ClientMetadataContext = { profile: 'standard', defaultIdTokenAlg: 'ES256' };
const under = (profile: Profile): ClientMetadataContext => ({ ...context, profile });
const web = { redirect_uris: ['https://a.example/cb'] };
const spa = { ...web, token_endpoint_auth_method: 'none' };
const service = { grant_types: ['client_credentials'], response_types: [] };
const jwks = { keys: [makeKey('ES256').jwk] };
const fapi = { ...web, token_endpoint_auth_method: 'private_key_jwt', jwks };
const recipient = makeRecipient('P-256').jwk;
const encrypted = { ...web, id_token_encrypted_response_alg: 'ECDH-ES', jwks: { keys: [recipient] } };

function refusedAs(code: OAuthErrorCode, member: string, feature?: ProfileFeature) {
  return (error: unknown) => {
    assert.ok(error instanceof OAuthError, String(error));
    assert.deepEqual([error.code, error.feature, error.status], [code, feature, 400]);
    assert.ok(error.description.includes(member), error.description);
    return true;
  };
}
const badMember = (member: string, feature?: ProfileFeature) =>
  refusedAs('invalid_client_metadata', member, feature);

test('fills in the defaults of the standard and ours (RFC 7591 §2, architecture decisions 3 to 6)', () => {
  assert.deepEqual(parseClientMetadata(web, context), {
    redirectUris: ['https://a.example/cb'],
    grantTypes: ['authorization_code'],
    responseTypes: ['code'],
    scope: [],
    defaultScope: [],
    tokenEndpointAuthMethod: 'client_secret_basic',
    applicationType: 'web',
    idTokenSignedResponseAlg: 'ES256',
    requireSignedRequestObject: false,
    requestUris: [],
    requirePkce: true,
    senderConstraint: 'none',
    firstParty: false,
    alwaysRefresh: false,
    rotateRefreshTokens: true,
    accessTokenFormat: 'jwt',
    audiences: [],
    allowedOrigins: [],
    postLogoutRedirectUris: [],
    backchannelLogoutSessionRequired: false,
    requirePushedAuthorizationRequests: false,
    requireAuthTime: false,
    defaultAcrValues: [],
    subjectType: 'public',
    contacts: [],
  });
});

test('encryption without a content encryption means A128CBC-HS256; with jwks_uri the key is looked for later (OpenID Connect Registration §2)', () => {
  const { idTokenEncryptedResponseAlg: alg, idTokenEncryptedResponseEnc: enc } = parseClientMetadata(
    encrypted,
    context,
  );
  assert.deepEqual([alg, enc], ['ECDH-ES', 'A128CBC-HS256']);
  const sent = {
    ...web,
    jwks_uri: 'https://a.example/jwks',
    userinfo_encrypted_response_alg: 'RSA-OAEP-256',
    userinfo_encrypted_response_enc: 'A256GCM',
    introspection_encrypted_response_alg: 'ECDH-ES+A128KW',
  };
  const metadata = parseClientMetadata(sent, context);
  assert.deepEqual(parseClientMetadata(formatClientMetadata(metadata), context), metadata);
  assert.deepEqual(
    [
      metadata.userinfoEncryptedResponseAlg,
      metadata.userinfoEncryptedResponseEnc,
      metadata.introspectionEncryptedResponseEnc,
      metadata.idTokenEncryptedResponseAlg,
    ],
    ['RSA-OAEP-256', 'A256GCM', 'A128CBC-HS256', undefined],
  );
});

test('unknown members are ignored; null and the empty text count as absent (RFC 7591 §2, RFC 7592 §2.2)', () => {
  const sent = { ...web, unknown: { deep: [] }, client_name: null, jwks: null, logo_uri: '', scope: '' };
  assert.deepEqual(parseClientMetadata(sent, context), parseClientMetadata(web, context));
});

test('members in several languages are no error, and of them only the one without a language counts (RFC 7591 §2.2, OpenID Connect Registration §2.1)', () => {
  const sent = {
    ...web,
    client_name: 'Shop',
    'client_name#de': 'Laden',
    'logo_uri#ja-Jpan-JP': 'javascript:1',
  };
  assert.deepEqual(
    parseClientMetadata(sent, context),
    parseClientMetadata({ ...web, client_name: 'Shop' }, context),
  );
});

const badRedirects: readonly (readonly [string, unknown, ProfileFeature])[] = [
  ['a fragment', ['https://a.example/#x'], 'redirect_uri'],
  ['a wildcard', ['https://*.a.example/cb'], 'wildcard_redirect'],
  ['http on a public host', ['http://a.example/cb'], 'redirect_uri'],
  ['a private-use scheme for a web client', ['com.example.app:/cb'], 'redirect_uri'],
  ['none for the code grant', [], 'redirect_uri'],
];
for (const [what, redirect_uris, feature] of badRedirects) {
  test(`refuses redirect_uris with ${what} (RFC 7591 §3.2.2, CAP-1)`, () => {
    assert.throws(
      () => parseClientMetadata({ redirect_uris }, context),
      refusedAs('invalid_redirect_uri', 'redirect', feature),
    );
  });
}

const bad: readonly (readonly [string, Record<string, unknown>, string, ProfileFeature?])[] = [
  ['the implicit grant', { ...web, grant_types: ['implicit'] }, 'grant_types', 'grant_type'],
  ['the password grant', { ...service, grant_types: ['password'] }, 'grant_types', 'grant_type'],
  ['no grant', { grant_types: [], response_types: [] }, 'grant_types', 'grant_type'],
  ['response type token', { ...web, response_types: ['token'] }, 'response_types', 'response_type'],
  [
    'response type code id_token',
    { ...web, response_types: ['code id_token'] },
    'response_types',
    'response_type',
  ],
  ['code without its grant', { ...service, response_types: ['code'] }, 'response_types', 'response_type'],
  ['its grant without code', { ...web, response_types: [] }, 'response_types', 'response_type'],
  [
    'client_secret_jwt',
    { ...web, token_endpoint_auth_method: 'client_secret_jwt' },
    'token_endpoint_auth_method',
  ],
  [
    'client credentials for a public client',
    { ...service, token_endpoint_auth_method: 'none' },
    'grant_types',
    'grant_type',
  ],
  ['private_key_jwt without keys', { ...web, token_endpoint_auth_method: 'private_key_jwt' }, 'jwks'],
  ['private_key_jwt with an empty key set', { ...fapi, jwks: { keys: [] } }, 'jwks'],
  ['jwks and jwks_uri', { ...fapi, jwks_uri: 'https://a.example/jwks' }, 'jwks'],
  ['a private key', { ...fapi, jwks: { keys: [{ ...jwks.keys[0], d: 'AA' }] } }, 'jwks'],
  ['a symmetric key', { ...fapi, jwks: { keys: [{ kty: 'oct', k: 'AA' }] } }, 'jwks'],
  ['21 keys', { ...fapi, jwks: { keys: Array.from({ length: 21 }, () => jwks.keys[0]) } }, 'jwks'],
  ['jwks_uri over http', { ...web, jwks_uri: 'http://a.example/jwks' }, 'jwks_uri'],
  [
    'tls_client_auth without a name',
    { ...web, token_endpoint_auth_method: 'tls_client_auth' },
    'tls_client_auth',
  ],
  [
    'two certificate names',
    {
      ...web,
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: 'a.example',
      tls_client_auth_san_ip: '192.0.2.1',
    },
    'tls_client_auth',
  ],
  ['a certificate name and a secret', { ...web, tls_client_auth_san_dns: 'a.example' }, 'tls_client_auth'],
  ['an unsigned id token', { ...web, id_token_signed_response_alg: 'none' }, 'id_token_signed_response_alg'],
  ['a symmetric id token', { ...web, id_token_signed_response_alg: 'HS256' }, 'id_token_signed_response_alg'],
  [
    'encryption with SHA-1',
    { ...encrypted, id_token_encrypted_response_alg: 'RSA-OAEP' },
    'id_token_encrypted_response_alg',
  ],
  [
    'encryption with RSA1_5',
    { ...encrypted, userinfo_encrypted_response_alg: 'RSA1_5' },
    'userinfo_encrypted_response_alg',
  ],
  [
    'encryption under the client secret',
    { ...encrypted, id_token_encrypted_response_alg: 'dir' },
    'id_token_encrypted_response_alg',
  ],
  [
    'an unknown content encryption',
    { ...encrypted, id_token_encrypted_response_enc: 'A192GCM' },
    'id_token_encrypted_response_enc',
  ],
  [
    'a content encryption without an algorithm',
    { ...encrypted, id_token_encrypted_response_alg: null, id_token_encrypted_response_enc: 'A256GCM' },
    'id_token_encrypted_response_enc',
  ],
  ['encryption without keys', { ...encrypted, jwks: null }, 'id_token_encrypted_response_alg'],
  ['encryption to a key for signatures', { ...encrypted, jwks }, 'id_token_encrypted_response_alg'],
  [
    'encryption to a key of another type',
    { ...encrypted, id_token_encrypted_response_alg: 'RSA-OAEP-256' },
    'id_token_encrypted_response_alg',
  ],
  [
    'encryption to a key that the header cannot name',
    { ...encrypted, jwks: { keys: [...jwks.keys, { ...recipient, kid: undefined }] } },
    'id_token_encrypted_response_alg',
  ],
  ['private_key_jwt with a key for encryption only', { ...fapi, jwks: encrypted.jwks }, 'jwks'],
  [
    'encrypted authorization responses',
    { ...encrypted, authorization_encrypted_response_alg: 'ECDH-ES' },
    'authorization_encrypted_response_alg',
  ],
  [
    'encrypted request objects',
    { ...web, request_object_encryption_alg: 'dir' },
    'request_object_encryption_alg',
  ],
  ['a default scope outside scope', { ...web, scope: 'a', default_scope: 'a b' }, 'default_scope'],
  ['a malformed scope', { ...web, scope: 'a"b' }, 'scope'],
  ['a scope that is a list', { ...web, scope: ['a'] }, 'scope'],
  ['no PKCE for a public client', { ...spa, require_pkce: false }, 'require_pkce', 'pkce'],
  [
    'no PKCE for a native client',
    { ...web, application_type: 'native', require_pkce: false },
    'require_pkce',
    'pkce',
  ],
  ['no rotation for a public client', { ...spa, rotate_refresh_tokens: false }, 'rotate_refresh_tokens'],
  [
    'two words on binding',
    { ...web, sender_constraint: 'none', dpop_bound_access_tokens: true },
    'sender_constraint',
  ],
  ['an audience that is no URI', { ...web, audiences: ['orders'] }, 'audiences'],
  ['an origin with a path', { ...web, allowed_origins: ['https://a.example/'] }, 'allowed_origins'],
  ['any origin', { ...web, allowed_origins: ['*'] }, 'allowed_origins'],
  ['the null origin', { ...web, allowed_origins: ['null'] }, 'allowed_origins'],
  ['a logo that is a script', { ...web, logo_uri: 'javascript:alert(1)' }, 'logo_uri'],
  ['a policy that is data', { ...web, policy_uri: 'data:text/html,x' }, 'policy_uri'],
  [
    'a wildcard after logout',
    { ...web, post_logout_redirect_uris: ['https://a.example/*'] },
    'post_logout_redirect_uris',
    'wildcard_redirect',
  ],
  ['a logout over http', { ...web, backchannel_logout_uri: 'http://a.example/' }, 'backchannel_logout_uri'],
  [
    'pairwise on two hosts',
    { redirect_uris: ['https://a.example/', 'https://b.example/'], subject_type: 'pairwise' },
    'sector_identifier_uri',
  ],
  ['a sector over http', { ...web, sector_identifier_uri: 'http://localhost/x' }, 'sector_identifier_uri'],
  [
    'signed requests without keys',
    { ...web, require_signed_request_object: true },
    'require_signed_request_object',
  ],
  ['a max age that is text', { ...web, default_max_age: '60' }, 'default_max_age'],
  ['a negative max age', { ...web, default_max_age: -1 }, 'default_max_age'],
  ['a flag that is text', { ...web, require_auth_time: 'true' }, 'require_auth_time'],
  ['a name with control characters', { ...web, client_name: 'a\u0007' }, 'client_name'],
  ['a name that turns the writing direction', { ...web, client_name: 'moc\u202eelppa' }, 'client_name'],
  ['a name in two lines', { ...web, client_name: 'a\u2028b' }, 'client_name'],
  ['a login page over http', { ...web, initiate_login_uri: 'http://localhost/login' }, 'initiate_login_uri'],
  ['an endless name', { ...web, client_name: 'x'.repeat(257) }, 'client_name'],
  ['51 contacts', { ...web, contacts: Array.from({ length: 51 }, (_, index) => `c${index}`) }, 'contacts'],
];
for (const [what, input, member, feature] of bad) {
  test(`refuses ${what}, naming the member (RFC 7591 §3.2.2, CAP-1)`, () => {
    assert.throws(() => parseClientMetadata(input, context), badMember(member, feature));
  });
}

const noReturn: Readonly<Record<string, string>> = {
  'a script': 'javascript:alert(1)',
  data: 'data:text/html,x',
  'a fragment': 'https://a.example/bye#x',
  'user information': 'https://a.example@b.example/',
  'dot segments': 'https://a.example/x/../bye',
  'http outside loopback': 'http://a.example/bye',
  'no scheme': '//a.example/bye',
  'the private scheme of a native app': 'org.a.app:/bye',
  'a wildcard': 'https://*.a.example/bye',
};
for (const [what, uri] of Object.entries(noReturn)) {
  test(`a web client has no address after logout with ${what} (OpenID Connect RP-Initiated Logout §3)`, () => {
    const feature = what === 'a wildcard' ? 'wildcard_redirect' : 'redirect_uri';
    const input = { ...web, post_logout_redirect_uris: ['https://a.example/bye', uri] };
    assert.throws(() => parseClientMetadata(input, context), badMember('post_logout_redirect_uris', feature));
  });
}

test('a client is told of logouts at an https URL without fragment and user information, or on loopback (OpenID Connect Back-Channel Logout §2.2)', () => {
  const parse = (uri: string) => parseClientMetadata({ ...web, backchannel_logout_uri: uri }, context);
  for (const uri of ['https://a.example/bcl?x=1', 'http://localhost:3000/bcl']) {
    assert.equal(parse(uri).backchannelLogoutUri, uri);
  }
  for (const uri of [
    'http://a.example/',
    'javascript:0',
    'https://a.example/#x',
    'https://u:p@a.example/',
    '/bcl',
  ]) {
    assert.throws(() => parse(uri), badMember('backchannel_logout_uri'), uri);
  }
});

test('a registration is an object, and what it inherits does not count (RFC 7591 §3.1)', () => {
  for (const input of [null, [], 'x', 1, undefined]) {
    assert.throws(() => parseClientMetadata(input, context), badMember('client metadata'));
  }
  assert.throws(() => parseClientMetadata(Object.create(web), context), OAuthError);
});

test('the PKCE exception is for confidential web clients outside strict and FAPI (architecture decision 4)', () => {
  const wish = { ...web, require_pkce: false };
  assert.equal(parseClientMetadata(wish, context).requirePkce, false);
  assert.throws(() => parseClientMetadata(wish, under('strict')), badMember('require_pkce', 'pkce'));
  assert.throws(
    () => parseClientMetadata({ ...fapi, ...wish }, under('fapi2-security')),
    badMember('require_pkce', 'pkce'),
  );
});

test('oidc-core gives the exception to confidential web clients by itself, never to others (architecture decision 4)', () => {
  const core = under('oidc-core');
  assert.equal(parseClientMetadata(web, core).requirePkce, false);
  assert.equal(parseClientMetadata({ ...web, require_pkce: true }, core).requirePkce, true);
  assert.equal(parseClientMetadata(spa, core).requirePkce, true);
  assert.equal(parseClientMetadata({ ...web, application_type: 'native' }, core).requirePkce, true);
});

test('a client that registers itself grants itself nothing (RFC 7591 §5)', () => {
  const greedy = {
    ...web,
    first_party: true,
    always_refresh: true,
    audiences: ['https://api.example/'],
    require_pkce: false,
    rotate_refresh_tokens: false,
  };
  const dynamic = { ...context, source: 'dynamic' } as const;
  assert.deepEqual(parseClientMetadata(greedy, dynamic), parseClientMetadata(web, dynamic));
  assert.equal(parseClientMetadata(greedy, context).firstParty, true);
});

test('the registered flags for bound tokens are understood and written (RFC 9449 §5.2, RFC 8705 §3.4)', () => {
  const dpop = parseClientMetadata({ ...web, dpop_bound_access_tokens: true }, context);
  assert.equal(dpop.senderConstraint, 'dpop');
  const wire = formatClientMetadata(dpop);
  assert.equal(wire.dpop_bound_access_tokens, true);
  assert.equal(wire.tls_client_certificate_bound_access_tokens, false);
  const mtls = parseClientMetadata({ ...web, tls_client_certificate_bound_access_tokens: true }, context);
  assert.equal(mtls.senderConstraint, 'mtls');
});

test('fapi2-security sets what it needs and does not rotate (FAPI 2.0 Security Profile §5.3.2.1)', () => {
  const metadata = parseClientMetadata(fapi, under('fapi2-security'));
  assert.equal(metadata.senderConstraint, 'any');
  assert.equal(metadata.requirePushedAuthorizationRequests, true);
  assert.equal(metadata.rotateRefreshTokens, false);
  assert.equal(metadata.requirePkce, true);
});

for (const [what, members, member] of [
  ['a public client', { token_endpoint_auth_method: 'none', jwks: undefined }, 'token_endpoint_auth_method'],
  ['a client secret', { token_endpoint_auth_method: 'client_secret_basic' }, 'token_endpoint_auth_method'],
  ['bearer tokens', { sender_constraint: 'none' }, 'sender_constraint'],
  ['requests that were not pushed', { require_pushed_authorization_requests: false }, 'require_pushed'],
  ['rotation', { rotate_refresh_tokens: true }, 'rotate_refresh_tokens'],
  ['RS256 in id tokens', { id_token_signed_response_alg: 'RS256' }, 'id_token_signed_response_alg'],
  ['RS256 in assertions', { token_endpoint_auth_signing_alg: 'RS256' }, 'token_endpoint_auth_signing_alg'],
  ['RS256 in request objects', { request_object_signing_alg: 'RS256' }, 'request_object_signing_alg'],
] as const) {
  test(`fapi2-security refuses ${what} (FAPI 2.0 Security Profile §5.3.2, §5.4)`, () => {
    const input = { ...fapi, rotate_refresh_tokens: false, ...members };
    assert.throws(() => parseClientMetadata(input, under('fapi2-security')), badMember(member));
  });
}

test('fapi2-security refuses a web redirect over http even on loopback (FAPI 2.0 Security Profile §5.3.2.2)', () => {
  const input = { ...fapi, redirect_uris: ['http://localhost/cb'] };
  assert.throws(
    () => parseClientMetadata(input, under('fapi2-security')),
    refusedAs('invalid_redirect_uri', 'https', 'redirect_uri'),
  );
});

test("a default id token algorithm that we do not have is our fault, not the client's (RFC 7591 §3.2.2)", () => {
  assert.throws(
    () => parseClientMetadata(web, { ...context, defaultIdTokenAlg: 'HS256' }),
    (error) => error instanceof OAuthError && error.code === 'server_error',
  );
});

const profiles = fc.constantFrom<Profile[]>('standard', 'strict', 'oidc-core', 'fapi2-security');
const wishes = fc.record(
  {
    client_name: fc.string({ minLength: 1, maxLength: 30 }),
    redirect_uris: fc.subarray(['https://a.example/cb', 'http://localhost:1/', 'com.example.app:/cb']),
    grant_types: fc.subarray(['authorization_code', 'refresh_token', 'client_credentials']),
    scope: fc.constantFrom('a', 'a b', 'openid'),
    default_scope: fc.constantFrom('a', 'b'),
    token_endpoint_auth_method: fc.constantFrom(
      'none',
      'client_secret_post',
      'private_key_jwt',
      'tls_client_auth',
    ),
    token_endpoint_auth_signing_alg: fc.constantFrom('ES256', 'RS256', 'Ed25519'),
    tls_client_auth_san_dns: fc.constant('a.example'),
    application_type: fc.constantFrom('web', 'native'),
    jwks: fc.constant(jwks),
    jwks_uri: fc.constant('https://a.example/jwks'),
    id_token_signed_response_alg: fc.constantFrom('ES256', 'RS256', 'EdDSA'),
    require_pkce: fc.boolean(),
    sender_constraint: fc.constantFrom('none', 'dpop', 'mtls', 'any'),
    first_party: fc.boolean(),
    rotate_refresh_tokens: fc.boolean(),
    access_token_format: fc.constantFrom('jwt', 'opaque'),
    audiences: fc.subarray(['https://api.example/', 'urn:x:y']),
    allowed_origins: fc.subarray(['https://a.example', 'http://localhost:3000']),
    default_max_age: fc.nat(),
    subject_type: fc.constantFrom('public', 'pairwise'),
    sector_identifier_uri: fc.constant('https://a.example/sector'),
    logo_uri: fc.constant('https://a.example/logo.png'),
    request_uris: fc.constant(['https://a.example/request#abc']),
    contacts: fc.subarray(['a@a.example', 'b@a.example']),
  },
  { requiredKeys: [] },
);

/** Makes a wish consistent where chance rarely does, so that most of them get past the rules. */
function consistent(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { jwks: keys, jwks_uri: keysUri, tls_client_auth_san_dns: _, default_scope: __, ...rest } = input;
  const method = rest.token_endpoint_auth_method;
  const hasKeys = keys !== undefined || method === 'private_key_jwt';
  return {
    ...rest,
    redirect_uris: ['https://a.example/cb'],
    grant_types: method === 'none' ? ['authorization_code'] : ['authorization_code', 'client_credentials'],
    ...(method === 'tls_client_auth' ? { tls_client_auth_san_dns: 'a.example' } : {}),
    ...(hasKeys ? { jwks } : {}),
    ...(!hasKeys && keysUri !== undefined ? { jwks_uri: keysUri } : {}),
  };
}

test('what was parsed, written and sent through JSON parses to the same (RFC 7591 §3.2.1)', () => {
  let parsed = 0;
  fc.assert(
    fc.property(fc.oneof(wishes, wishes.map(consistent)), profiles, (input, profile) => {
      try {
        const metadata = parseClientMetadata(input, under(profile));
        parsed += 1;
        const wire: unknown = JSON.parse(JSON.stringify(formatClientMetadata(metadata)));
        assert.deepEqual(
          parseClientMetadata(wire, { ...under(profile), defaultIdTokenAlg: 'PS256' }),
          metadata,
        );
      } catch (error) {
        assert.ok(error instanceof OAuthError, String(error));
      }
    }),
    { numRuns: 1000, seed: 11 },
  );
  assert.ok(parsed > 100, `only ${parsed} of 1000 were valid`);
});

test('the profile holds for whatever is accepted (CAP-1, architecture decision 4)', () => {
  fc.assert(
    fc.property(wishes, profiles, (input, profile) => {
      let metadata: ReturnType<typeof parseClientMetadata>;
      try {
        metadata = parseClientMetadata(input, under(profile));
      } catch (error) {
        assert.ok(error instanceof OAuthError && error.status === 400, String(error));
        return;
      }
      const isPublic = metadata.tokenEndpointAuthMethod === 'none';
      if (isPublic) assert.ok(metadata.requirePkce && metadata.rotateRefreshTokens);
      if (isPublic) assert.ok(!metadata.grantTypes.includes('client_credentials'));
      if (profile === 'strict' || profile === 'fapi2-security') assert.ok(metadata.requirePkce);
      if (profile === 'fapi2-security') assert.ok(!isPublic && metadata.senderConstraint !== 'none');
    }),
    { numRuns: 2000 },
  );
});

test('any value is parsed or refused with a registered code (RFC 7591 §3.2.2)', () => {
  const member = fc.constantFrom(
    ...Object.keys(formatClientMetadata(parseClientMetadata(fapi, context))),
    'jwks',
  );
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(member, fc.jsonValue()).map((some) => ({ ...web, ...some })),
  );
  fc.assert(
    fc.property(anything, (input) => {
      try {
        parseClientMetadata(input, context);
      } catch (error) {
        assert.ok(
          error instanceof OAuthError && /^invalid_(client_metadata|redirect_uri)$/.test(error.code),
          String(error),
        );
      }
    }),
    { numRuns: 1000 },
  );
});
