import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseClientMetadata } from './client-metadata.ts';
import { OAuthError } from './errors.ts';

const register = (members: Readonly<Record<string, unknown>>, vouched: readonly string[] = []) =>
  parseClientMetadata(members, {
    profile: 'standard',
    defaultIdTokenAlg: 'RS256',
    source: 'dynamic',
    vouched,
  });

const web = { redirect_uris: ['https://app.example/cb', 'http://localhost/cb'] };

test('a client that registers itself keeps links to its own hosts and those below, and no others (RFC 7591 §5)', () => {
  const kept = [
    'https://app.example/logo.png',
    'https://cdn.app.example/logo.png',
    'https://app.example:444/l',
  ];
  for (const logo_uri of kept) assert.equal(register({ ...web, logo_uri }).logoUri, logo_uri);
  const left = [
    'https://other.example/logo.png',
    'https://example/logo.png',
    'https://notapp.example/logo.png',
    'https://app.example.evil.example/logo.png',
    'https://localhost/logo.png',
    'https://192.0.2.1/logo.png',
  ];
  for (const logo_uri of left) assert.equal('logoUri' in register({ ...web, logo_uri }), false, logo_uri);
});

test('each of the four links is held to that, one by one, and nothing else is (RFC 7591 §5)', () => {
  const metadata = register({
    ...web,
    logo_uri: 'https://app.example/logo',
    policy_uri: 'https://other.example/policy',
    tos_uri: 'https://app.example/terms',
    client_uri: 'https://other.example/',
    jwks_uri: 'https://keys.example/jwks',
  });
  assert.deepEqual(
    [metadata.logoUri, metadata.policyUri, metadata.tosUri, metadata.clientUri, metadata.jwksUri],
    [
      'https://app.example/logo',
      undefined,
      'https://app.example/terms',
      undefined,
      'https://keys.example/jwks',
    ],
  );
});

test('a link that a trusted statement vouches for stays wherever it leads (RFC 7591 §2.3)', () => {
  const members = { ...web, logo_uri: 'https://cdn.example/logo', policy_uri: 'https://cdn.example/policy' };
  const metadata = register(members, ['logo_uri']);
  assert.deepEqual([metadata.logoUri, metadata.policyUri], ['https://cdn.example/logo', undefined]);
});

test('a native client without a web address of its own shows no links (RFC 7591 §5)', () => {
  const native = {
    application_type: 'native',
    redirect_uris: ['com.example.app:/cb', 'http://127.0.0.1/cb'],
  };
  assert.equal(register({ ...native, client_uri: 'https://app.example/' }).clientUri, undefined);
});

test('a link that is no https URL is refused, not left out (RFC 7591 §3.2.2)', () => {
  const bad = [
    'http://app.example/',
    'http://localhost/',
    'javascript:alert(1)',
    'data:,x',
    '//app.example/',
  ];
  for (const name of ['logo_uri', 'policy_uri', 'tos_uri', 'client_uri']) {
    for (const uri of bad) {
      assert.throws(
        () => register({ ...web, [name]: uri }),
        (error) => error instanceof OAuthError && error.code === 'invalid_client_metadata',
        `${name} ${uri}`,
      );
    }
  }
});
