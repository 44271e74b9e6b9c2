import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Sealed } from '../storage/secrets.ts';
import { envelopeKey } from './envelope.ts';
import { createVault, VaultError, type VaultErrorCode } from './vault.ts';

const oldKey = envelopeKey(randomBytes(32));
const newKey = envelopeKey(randomBytes(32));
const vault = createVault([newKey]);

function refusal(run: () => unknown): VaultErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof VaultError);
    return error.code;
  }
}

test('what is sealed opens under its purpose and context, and under no other (NIST SP 800-38D §5, SPN-3)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), fc.string(), (plaintext, context, other) => {
      const sealed = vault.seal('signing-key', context, plaintext);
      assert.deepEqual(new Uint8Array(vault.unseal('signing-key', context, sealed)), plaintext);
      const elsewhere = sealed as unknown as Sealed<'code'>;
      assert.equal(
        refusal(() => vault.unseal('code', context, elsewhere)),
        'not_authentic',
      );
      if (other !== context)
        assert.equal(
          refusal(() => vault.unseal('signing-key', other, sealed)),
          'not_authentic',
        );
    }),
    { numRuns: 50 },
  );
});

test('a changed character does not open, wherever it is (NIST SP 800-38D §7.2, SPN-3)', () => {
  const sealed = vault.seal('signing-key', 'x', Buffer.from('private'));
  for (let at = 0; at < sealed.length; at += 1) {
    const changed =
      `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}` as typeof sealed;
    assert.notEqual(
      refusal(() => vault.unseal('signing-key', 'x', changed)),
      undefined,
      `at ${at}`,
    );
  }
  for (const text of ['', 'v1', 'v1.a.b', `${sealed}.x`, sealed.replace('v1', 'v2'), sealed.slice(0, -24)]) {
    assert.notEqual(
      refusal(() => vault.unseal('signing-key', 'x', text as typeof sealed)),
      undefined,
      text,
    );
  }
});

test('the same value sealed twice has two forms (NIST SP 800-38D §8, SPN-3)', () => {
  const forms = new Set(
    Array.from({ length: 100 }, () => vault.seal('signing-key', 'x', Buffer.from('same'))),
  );
  assert.equal(forms.size, 100);
});

test('after a change of the envelope key the old one still opens, and the new one seals (SPN-3)', () => {
  const before = createVault([oldKey]).seal('signing-key', 'x', Buffer.from('private'));
  const both = createVault([newKey, oldKey]);
  assert.equal(Buffer.from(both.unseal('signing-key', 'x', before)).toString(), 'private');
  assert.equal(both.seal('signing-key', 'x', Buffer.from('')).split('.')[1], newKey.id);
  assert.equal(
    refusal(() => vault.unseal('signing-key', 'x', before)),
    'unknown_key',
  );
  assert.equal(
    refusal(() => createVault([])),
    'unknown_key',
  );
});

test('derived keys differ by their label and from the envelope key (RFC 5869 §3.2, SPN-3)', () => {
  const [one, two, again] = ['csrf', 'cookie', 'csrf'].map((label) => vault.deriveAll(label)[0]);
  assert.equal(one?.length, 32);
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, two);
  assert.notDeepEqual(one, new Uint8Array(newKey.key));
});
