import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { compactDecrypt, type JWK } from 'jose';
import {
  type ContentEncryptionName,
  contentEncryptions,
  findKeyManagement,
  keyManagementAlgorithms,
} from './encryption-algorithms.ts';
import { parseEncryptionKey } from './encryption-key.ts';
import { makeRecipient, recipientKinds, type TestRecipient } from './encryption-keys.test-support.ts';
import { encryptCompact } from './jwe.ts';
import { parseJwk } from './jwk.ts';
import { parseJws, verifyJws, verifyJwsSync } from './jws.ts';
import { readVectors, vectorPath } from './signing-keys.test-support.ts';
import { importVerificationKey } from './verification-key.ts';

const recipients = recipientKinds.map((kind) => [kind, makeRecipient(kind)] as const);
const sentence = 'Frodo, to the bitter end – ünder all circumstances.';

function keyOf(recipient: TestRecipient, name: string) {
  return parseEncryptionKey(recipient.jwk, name);
}

for (const { name, keys } of keyManagementAlgorithms) {
  for (const [kind, recipient] of recipients) {
    if (!keys.some(({ kty, crv }) => (kty === 'RSA' ? kind === 'RSA' : crv === kind))) continue;
    test(`${name} to a ${kind} key is opened by its owner in every content encryption (RFC 7516 §5.1, RFC 7518 §4, §5)`, async () => {
      for (const enc of contentEncryptions) {
        const jwe = await encryptCompact(sentence, keyOf(recipient, name), enc, { cty: 'JWT' });
        const { header, plaintext } = await recipient.open(jwe);
        assert.equal(plaintext, sentence);
        const { epk, ...rest } = header;
        assert.deepEqual(rest, { alg: name, enc, kid: `${kind}-1`, cty: 'JWT' });
        assert.equal(epk !== undefined, name.startsWith('ECDH-ES'));
        assert.equal((epk as { d?: string } | undefined)?.d, undefined);
      }
    });
  }
}

test('no two encryptions of one text are alike, and none is opened by another key (RFC 7516 §5.1)', async () => {
  for (const [kind, recipient] of recipients) {
    const key = keyOf(recipient, kind === 'RSA' ? 'RSA-OAEP-256' : 'ECDH-ES');
    const [first, second] = await Promise.all([
      encryptCompact(sentence, key, 'A256GCM'),
      encryptCompact(sentence, key, 'A256GCM'),
    ]);
    assert.notEqual(first, second);
    await assert.rejects(makeRecipient(kind).open(first));
    const parts = first.split('.');
    parts[3] = `${parts[3]?.startsWith('A') ? 'B' : 'A'}${parts[3]?.slice(1)}`;
    await assert.rejects(recipient.open(parts.join('.')));
  }
});

test('a key without kid gives a header without one, and the text is never compressed (RFC 7516 §4.1.3, §4.1.6)', async () => {
  const recipient = makeRecipient('P-256', {});
  const { header } = await recipient.open(
    await encryptCompact(sentence, keyOf(recipient, 'ECDH-ES'), 'A128GCM', { typ: 'JWT' }),
  );
  assert.deepEqual(Object.keys(header).sort(), ['alg', 'enc', 'epk', 'typ']);
});

interface Example {
  readonly input: {
    readonly plaintext: string;
    readonly alg: string;
    readonly enc: ContentEncryptionName;
    readonly key: JWK;
  };
  readonly output: { readonly compact?: string };
}

function publicPart(key: JWK): Record<string, unknown> {
  const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];
  return Object.fromEntries(Object.entries(key).filter(([name]) => !secret.includes(name)));
}

test('the examples of the cookbook in our algorithms open with the library, and so does what we encrypt to their keys (RFC 7520 §5, RFC 8037 §A.6)', async (t) => {
  const folder = vectorPath('jose/rfc7520');
  if (folder === undefined) return t.skip('vectors: no TEST_VECTORS_DIR');
  const files = [
    ...readdirSync(`${folder}/jwe`).map((file) => `${folder}/jwe/${file}`),
    `${folder}/curve25519/ecdh-es.json`,
  ];
  const ours: string[] = [];
  for (const file of files) {
    const { input, output } = readVectors(file) as Example;
    if (typeof input.alg !== 'string' || output.compact === undefined) continue;
    const publicKey = publicPart(input.key ?? {});
    if (findKeyManagement(input.alg) === undefined) {
      assert.throws(() => parseEncryptionKey(publicKey, input.alg), file);
      continue;
    }
    // The cookbook wraps under P-384 in one example, which we do not offer.
    if (input.key.crv === 'P-384') {
      assert.throws(() => parseEncryptionKey(publicKey, input.alg), file);
      continue;
    }
    const privateKey = createPrivateKey({ key: input.key, format: 'jwk' });
    const theirs = await compactDecrypt(output.compact, privateKey);
    assert.equal(new TextDecoder().decode(theirs.plaintext), input.plaintext, file);
    const encrypted = await encryptCompact(
      input.plaintext,
      parseEncryptionKey(publicKey, input.alg),
      input.enc,
    );
    const { plaintext, protectedHeader } = await compactDecrypt(encrypted, privateKey);
    assert.equal(new TextDecoder().decode(plaintext), input.plaintext, file);
    assert.deepEqual(
      [protectedHeader.alg, protectedHeader.enc, protectedHeader.kid],
      [input.alg, input.enc, input.key.kid],
    );
    ours.push(`${input.alg} ${input.key.crv}`);
  }
  assert.deepEqual(ours.sort(), ['ECDH-ES P-256', 'ECDH-ES X25519']);
});

test('the nested example of the cookbook: what the library opens is the signed text, and its signature verifies (RFC 7520 §6)', async (t) => {
  const path = vectorPath('jose/rfc7520/6.nesting_signatures_and_encryption.json');
  if (path === undefined) return t.skip('vectors: no TEST_VECTORS_DIR');
  const { sign, encrypt } = readVectors(path) as {
    sign: { input: { payload: string; key: JWK } };
    encrypt: Example;
  };
  const key = createPrivateKey({ key: encrypt.input.key, format: 'jwk' });
  const { plaintext, protectedHeader } = await compactDecrypt(encrypt.output.compact ?? '', key);
  assert.equal(protectedHeader.cty, 'JWT');
  const jws = parseJws(new TextDecoder().decode(plaintext));
  const { kty, n, e } = sign.input.key;
  const signer = importVerificationKey(parseJwk({ kty, n, e }), 'PS256');
  assert.deepEqual([verifyJwsSync(jws, signer), await verifyJws(jws, signer)], [true, true]);
  assert.equal(new TextDecoder().decode(jws.payload), sign.input.payload);
  // The example encrypts by RSA-OAEP with SHA-1; the same key takes our nested form once it no longer says so.
  const { kid, n: modulus, e: exponent } = encrypt.input.key as JWK & { kid: string };
  const recipient = { kty: 'RSA', kid, n: modulus, e: exponent, use: 'enc' };
  assert.throws(() => parseEncryptionKey({ ...recipient, alg: 'RSA-OAEP' }, 'RSA-OAEP-256'));
  const nested = await encryptCompact(
    encrypt.input.plaintext,
    parseEncryptionKey(recipient, 'RSA-OAEP-256'),
    encrypt.input.enc,
    { cty: 'JWT' },
  );
  const opened = await compactDecrypt(nested, key);
  assert.equal(new TextDecoder().decode(opened.plaintext), encrypt.input.plaintext);
  assert.deepEqual([opened.protectedHeader.kid, opened.protectedHeader.cty], [kid, 'JWT']);
});
