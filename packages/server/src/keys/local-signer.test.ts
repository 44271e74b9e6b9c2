import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  importVerificationKey,
  joinJws,
  parseJwk,
  parseJws,
  signingAlgorithms,
  verifyJwsSync,
} from '@countersign/protocol/jose';
import { envelopeKey } from './envelope.ts';
import { createLocalSigner, SignerError, type SignerErrorCode } from './local-signer.ts';
import { createVault, VaultError } from './vault.ts';

const vault = createVault([envelopeKey(randomBytes(32))]);
const signer = createLocalSigner({ vault });
const algorithms = [...new Set(signingAlgorithms.map(({ family }) => family))];

const pemOf = (key: KeyObject, options: object = {}): string =>
  key.export({ format: 'pem', type: 'pkcs8', ...options } as never) as unknown as string;
const rsa = (modulusLength: number, publicExponent = 65_537): KeyObject =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey;

async function refusal(algorithm: string, pem: string): Promise<SignerErrorCode> {
  const error: unknown = await signer.adopt(algorithm, pem, 'x').then(
    () => assert.fail('adopted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SignerError, String(error));
  assert.doesNotMatch(error.message, /PRIVATE KEY/);
  return error.code;
}

for (const algorithm of algorithms) {
  test(`a generated ${algorithm} key signs what its public half verifies, and its private half is sealed (RFC 7518 §3, SPN-3)`, async () => {
    const made = await signer.generate(algorithm, 'signing-key acme');
    assert.match(made.privateKey, /^v1\./);
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'priv', 'seed'])
      assert.equal(Object.hasOwn(made.publicJwk, name), false);
    const header = Buffer.from(JSON.stringify({ alg: algorithm })).toString('base64url');
    const input = `${header}.${Buffer.from('{}').toString('base64url')}`;
    const token = joinJws(input, await signer.sign(algorithm, made.privateKey, 'signing-key acme', input));
    const jwk = parseJwk(made.publicJwk);
    assert.ok(verifyJwsSync(parseJws(token), importVerificationKey(jwk, algorithm)));
    if (jwk.kty === 'RSA')
      assert.ok(Buffer.from(jwk.n ?? '', 'base64url').length >= 256, '2048 bits or more');
  });
}

test('a signature that takes long is made in the thread pool, a short one at once (SPN-3)', async () => {
  const off: string[] = [];
  for (const { name } of signingAlgorithms) {
    const made = await signer.generate(name, 'x');
    const signature = signer.sign(name, made.privateKey, 'x', 'a.b');
    if (signature instanceof Promise) off.push(name);
    assert.ok((await signature) instanceof Uint8Array);
  }
  assert.deepEqual(off, ['RS256', 'PS256', 'ML-DSA-44', 'ML-DSA-65']);
});

test('an ML-DSA key is imported by its own algorithm only, from a seed (RFC 9964 §4, SPN-3)', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ml-dsa-44');
  const made = await signer.adopt('ML-DSA-44', pemOf(privateKey), 'x');
  assert.deepEqual(made.publicJwk, publicKey.export({ format: 'jwk' }));
  assert.equal(await refusal('ML-DSA-65', pemOf(privateKey)), 'wrong_key_type');
  assert.equal(await refusal('ES256', pemOf(privateKey)), 'wrong_key_type');
  const strongest = pemOf(generateKeyPairSync('ml-dsa-87').privateKey);
  assert.equal(await refusal('ML-DSA-65', strongest), 'wrong_key_type');
  assert.equal(await refusal('ML-DSA-87', strongest), 'unsupported_algorithm');
});

test('a sealed private key moved to another tenant’s row does not open, not even after it was used (SPN-3)', async () => {
  const made = await signer.generate('ES256', 'signing-key acme');
  await signer.sign('ES256', made.privateKey, 'signing-key acme', 'a.b');
  assert.throws(() => signer.sign('ES256', made.privateKey, 'signing-key globex', 'a.b'), VaultError);
  await signer.sign('ES256', made.privateKey, 'signing-key acme', 'a.b');
});

test('an imported key is checked for type, curve and size (SPN-3)', async () => {
  const p256 = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const p384 = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey);
  const ed448 = pemOf(generateKeyPairSync('ed448').privateKey);
  const pss = pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey);
  assert.equal(await refusal('ES256', p384), 'wrong_key_type');
  assert.equal(await refusal('RS256', p256), 'wrong_key_type');
  assert.equal(await refusal('EdDSA', ed448), 'wrong_key_type');
  assert.equal(await refusal('RS256', pss), 'wrong_key_type');
  assert.equal(await refusal('RS256', pemOf(rsa(1024))), 'weak_key');
  assert.equal(await refusal('PS256', pemOf(rsa(2040))), 'weak_key');
  assert.equal(await refusal('RS256', pemOf(rsa(2048, 3))), 'weak_key');
  assert.equal(await refusal('HS256', p256), 'unsupported_algorithm');
  assert.equal(await refusal('none', p256), 'unsupported_algorithm');
  await signer.adopt('ES256', p256, 'x');
});

test('a key under a passphrase, a public key and rubbish are refused without asking (SPN-3)', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const locked = pemOf(privateKey, { cipher: 'aes-256-cbc', passphrase: 'secret' });
  const open = publicKey.export({ format: 'pem', type: 'spki' }) as string;
  for (const pem of [
    locked,
    open,
    '',
    'rubbish',
    '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
  ]) {
    assert.equal(await refusal('ES256', pem), 'unreadable_key');
  }
});

test('a damaged private key is refused before it signs anything (RFC 8017 §3.2, SPN-3)', async () => {
  const jwk = rsa(2048).export({ format: 'jwk' });
  const other = rsa(2048).export({ format: 'jwk' });
  const damaged = createPrivateKey({
    key: { ...jwk, dp: other.dp, dq: other.dq, d: other.d } as never,
    format: 'jwk',
  });
  assert.equal(await refusal('RS256', pemOf(damaged)), 'unreadable_key');
});
