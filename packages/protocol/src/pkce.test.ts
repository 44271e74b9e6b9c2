import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { OAuthError } from './errors.ts';
import { readVectors, vectorPath } from './jose/signing-keys.test-support.ts';
import { parseParameters } from './params.ts';
import { parseCodeChallenge, parseCodeVerifier, verifyCodeVerifier } from './pkce.ts';

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const parse = (query: string) => parseCodeChallenge(parseParameters(query));
const refused = (error: unknown) =>
  error instanceof OAuthError && error.code === 'invalid_request' && error.feature === 'pkce';

test('reads an S256 challenge, and none where none was sent (RFC 7636 §4.3)', () => {
  assert.deepEqual(parse(`code_challenge=${challenge}&code_challenge_method=S256`), {
    challenge,
    method: 'S256',
  });
  assert.equal(parse('state=x'), undefined);
  assert.equal(parse('code_challenge=&code_challenge_method='), undefined);
});

for (const [what, query] of [
  ['plain', `code_challenge=${challenge}&code_challenge_method=plain`],
  ['no method, which means plain', `code_challenge=${challenge}`],
  ['an empty method, which means plain', `code_challenge=${challenge}&code_challenge_method=`],
  ['a method in another case', `code_challenge=${challenge}&code_challenge_method=s256`],
  ['a method without challenge', 'code_challenge_method=S256'],
  ['42 characters', `code_challenge=${challenge.slice(1)}&code_challenge_method=S256`],
  ['44 characters', `code_challenge=${challenge}A&code_challenge_method=S256`],
  ['padding', `code_challenge=${challenge.slice(1)}=&code_challenge_method=S256`],
  ['characters outside base64url', `code_challenge=${challenge.slice(1)}~&code_challenge_method=S256`],
  ['trailing bits that no hash has', `code_challenge=${challenge.slice(0, 42)}N&code_challenge_method=S256`],
] as const) {
  test(`refuses a challenge with ${what} (RFC 7636 §4.2, §4.4.1, CAP-1)`, () => {
    assert.throws(() => parse(query), refused);
  });
}

for (const [what, verifier] of [
  ['shorter than 43 characters', 'a'.repeat(42)],
  ['longer than 128 characters', 'a'.repeat(129)],
  ['with a reserved character', `${'a'.repeat(43)}+`],
  ['with a space', `${'a'.repeat(43)} `],
  ['with a line feed', `${'a'.repeat(43)}\n`],
  ['outside ASCII', 'é'.repeat(43)],
] as const) {
  test(`refuses a verifier ${what} as invalid_grant (RFC 7636 §4.1, §4.6)`, () => {
    assert.throws(
      () => parseCodeVerifier(verifier),
      (error) => error instanceof OAuthError && error.code === 'invalid_grant' && error.feature === 'pkce',
    );
  });
}

const unreserved = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'];
const verifiers = fc.string({ unit: fc.constantFrom(...unreserved), minLength: 43, maxLength: 128 });

test('a verifier matches the challenge made of it, and no other (RFC 7636 §4.6)', () => {
  fc.assert(
    fc.property(verifiers, verifiers, (own, other) => {
      const made = {
        challenge: createHash('sha256').update(own).digest('base64url'),
        method: 'S256',
      } as const;
      assert.equal(verifyCodeVerifier(made, parseCodeVerifier(own)), true);
      assert.equal(verifyCodeVerifier(made, other), own === other);
      assert.equal(verifyCodeVerifier({ challenge: own, method: 'S256' }, own), false);
    }),
  );
});

test('the example of the RFC matches (RFC 7636 Appendix B)', (t) => {
  const path = vectorPath('jose/rfc-small-vectors.json');
  if (path === undefined) return t.skip('vectors: no TEST_VECTORS_DIR');
  const { rfc7636 } = readVectors(path) as { rfc7636: { verifier: string; challenge: string } };
  assert.equal(verifyCodeVerifier({ challenge: rfc7636.challenge, method: 'S256' }, rfc7636.verifier), true);
});
