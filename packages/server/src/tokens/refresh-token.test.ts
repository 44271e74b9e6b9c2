import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { issueRefreshToken, parseRefreshToken, verifyRefreshToken } from './refresh-token.ts';

const secret = randomBytes(32);
const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');
const families = fc
  .array(fc.constantFrom(...base64url), { minLength: 22, maxLength: 22 })
  .map((letters) => letters.join(''));
const generations = fc.integer({ min: 0, max: 999_999_999 });
const tenants = fc.stringMatching(/^[a-z0-9-]{1,20}$/);

function proves(tenant: string, token: string, key: Uint8Array = secret): boolean {
  const parts = parseRefreshToken(token);
  return parts !== undefined && verifyRefreshToken(tenant, parts, key);
}

test('an issued refresh token tells family and generation and proves itself, the same each time (SPN-6)', () => {
  fc.assert(
    fc.property(tenants, families, generations, (tenant, family, generation) => {
      const token = issueRefreshToken(tenant, family, generation, secret);
      const parts = parseRefreshToken(token);
      assert.equal(parts?.familyId, family);
      assert.equal(parts?.generation, generation);
      assert.ok(proves(tenant, token));
      assert.equal(issueRefreshToken(tenant, family, generation, secret), token);
    }),
  );
});

test('a token of another tenant, family, generation or secret proves nothing (SPN-6, RFC 9700 §4.14.2)', () => {
  fc.assert(
    fc.property(tenants, families, generations, (tenant, family, generation) => {
      const token = issueRefreshToken(tenant, family, generation, secret);
      assert.equal(proves(`${tenant}x`, token), false);
      assert.equal(proves(tenant, token, randomBytes(32)), false);
      const mac = token.slice(token.lastIndexOf('.'));
      const otherFamily = `${family[0] === 'A' ? 'B' : 'A'}${family.slice(1)}`;
      assert.equal(proves(tenant, `cs_rt_${otherFamily}.${generation}${mac}`), false);
      assert.equal(proves(tenant, `cs_rt_${family}.${generation === 0 ? 1 : generation - 1}${mac}`), false);
    }),
  );
});

test('a changed character anywhere proves nothing (SPN-6)', () => {
  const token = issueRefreshToken('default', 'A'.repeat(22), 7, secret);
  for (let at = 0; at < token.length; at += 1) {
    for (const letter of ['A', 'b', '0', '.', ' ']) {
      const changed = `${token.slice(0, at)}${letter}${token.slice(at + 1)}`;
      // The last character of a 256-bit MAC has two spare bits: one spelling alone is ours.
      if (changed !== token) assert.equal(proves('default', changed), false, changed);
    }
  }
});

test('what is not of the form is no refresh token: one spelling per token (SPN-6)', () => {
  const token = issueRefreshToken('default', 'A'.repeat(22), 7, secret);
  for (const text of [
    '',
    'cs_rt_',
    token.replace('.7.', '.07.'),
    token.replace('.7.', '.-7.'),
    token.replace('.7.', '.7e0.'),
    `${token} `,
    ` ${token}`,
    `${token}\n`,
    token.replace('cs_rt_', 'cs_at_'),
    token.replace('.7.', '.9999999999.'),
  ]) {
    assert.equal(parseRefreshToken(text), undefined, JSON.stringify(text));
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseRefreshToken(text)));
});
