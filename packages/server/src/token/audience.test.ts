import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientWith } from '../authorize/steps/step-input.test-support.ts';
import { audienceFor } from './audience.ts';

const issuer = 'https://id.example';
const plain = clientWith();
const bound = clientWith({ audiences: ['https://a.example/', 'https://b.example/'] });

test('the audience is the resources asked for, else those registered, else the issuer (RFC 8707 §2, RFC 9068 §3)', () => {
  assert.deepEqual(audienceFor(issuer, bound, ['https://a.example/'], ['api']), ['https://a.example/']);
  assert.deepEqual(audienceFor(issuer, bound, [], ['api']), ['https://a.example/', 'https://b.example/']);
  assert.deepEqual(audienceFor(issuer, plain, [], ['api']), [issuer]);
});

test('a token with openid lists the issuer, whose userinfo takes no other, and lists it once (OpenID Connect Core §5.3)', () => {
  assert.deepEqual(audienceFor(issuer, bound, ['https://a.example/'], ['openid']), [
    'https://a.example/',
    issuer,
  ]);
  assert.deepEqual(audienceFor(issuer, plain, [], ['openid']), [issuer]);
  assert.deepEqual(audienceFor(issuer, plain, [issuer], ['openid']), [issuer]);
});
