import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseClientMetadata } from './client-metadata.ts';
import { sectorIdentifier } from './sector.ts';

const parse = (members: Readonly<Record<string, unknown>>) =>
  parseClientMetadata(members, { profile: 'standard', defaultIdTokenAlg: 'RS256' });
const sectorOf = (members: Readonly<Record<string, unknown>>) => sectorIdentifier(parse(members));

test('the sector is the host of sector_identifier_uri, else the one host of the redirect URIs, without port (OpenID Connect Core §8.1)', () => {
  const redirect_uris = ['https://a.example/cb', 'https://A.example:8443/other'];
  assert.equal(sectorOf({ redirect_uris }), 'a.example');
  assert.equal(
    sectorOf({ redirect_uris, sector_identifier_uri: 'https://corp.example:444/sector.json' }),
    'corp.example',
  );
  assert.equal(sectorOf({ redirect_uris: [...redirect_uris, 'https://b.example/cb'] }), undefined);
  assert.equal(sectorOf({ redirect_uris: ['https://sub.a.example/cb'] }), 'sub.a.example');
  assert.equal(sectorOf({ grant_types: ['client_credentials'] }), undefined);
  assert.equal(sectorOf({ redirect_uris: ['http://localhost:3000/cb'] }), 'localhost');
});

test('pairwise identifiers need a sector that is somebody’s own: no private-use scheme, and no loopback host of a native client (OpenID Connect Core §8.1, RFC 8252 §7)', () => {
  const native = { application_type: 'native', token_endpoint_auth_method: 'none', subject_type: 'pairwise' };
  for (const uri of ['com.example.app:/cb', 'com.example.app://callback/x', 'http://127.0.0.1/cb']) {
    const members = { ...native, redirect_uris: [uri] };
    assert.throws(() => parse(members), {
      code: 'invalid_client_metadata',
      message: /sector_identifier_uri/,
    });
    const named = { ...members, sector_identifier_uri: 'https://corp.example/sector.json' };
    assert.equal(sectorOf(named), 'corp.example');
  }
  assert.equal(sectorOf({ ...native, redirect_uris: ['https://app.example/cb'] }), 'app.example');
});
