import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertNoCanary, canary, findLeaks } from './canaries.ts';

describe('canaries', () => {
  it('passes a log without personal values', () => {
    assertNoCanary('{"level":"info","msg":"token issued","client":"web","kid":"dev.default.ES256.1"}\n');
  });

  for (const [name, value] of Object.entries(canary)) {
    it(`finds the ${name}, plain, percent-encoded and in base64`, () => {
      for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64url')]) {
        assert.deepEqual(
          findLeaks(`ok\n{"msg":"x ${form} y"}`).map(({ what, lineNumber }) => [what, lineNumber]),
          [[name, 2]],
        );
      }
    });
  }

  it('finds tokens, private keys and credentials by their shape', () => {
    const token = `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.${Buffer.from('{"sub":"someone"}').toString('base64url')}.c2ln`;
    assert.equal(findLeaks(token)[0]?.what, 'a signed token');
    assert.equal(findLeaks('-----BEGIN EC PRIVATE KEY-----')[0]?.what, 'a private key');
    assert.equal(findLeaks('authorization: Basic d2ViOnNlY3JldC1zZWNyZXQ=')[0]?.what, 'a Basic credential');
    assert.throws(() => assertNoCanary(token), /leaks a signed token/);
  });
});
