import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { CompactSign, compactVerify } from 'jose';
import { signingAlgorithms } from './algorithms.ts';
import { encodeBase64url } from './base64url.ts';
import { JoseError, type JoseErrorCode } from './jose-error.ts';
import { parseJwk, thumbprint } from './jwk.ts';
import {
  type DecodedJws,
  encodeJws,
  hasType,
  parseJws,
  parsePayload,
  verifyJws,
  verifyJwsSync,
} from './jws.ts';
import {
  makeKey,
  readVectors,
  signInput,
  signJwt,
  signRaw,
  vectorPath,
} from './signing-keys.test-support.ts';
import { importVerificationKey } from './verification-key.ts';

const refusedAs = (code: JoseErrorCode) => (error: unknown) =>
  error instanceof JoseError && error.code === code;
const keys = signingAlgorithms.map(({ name }) => makeKey(name));
const key = makeKey('ES256');
const part = (value: unknown) => encodeBase64url(JSON.stringify(value));
const signature = encodeBase64url(new Uint8Array(64));

test('takes a token apart and gives its parts back (RFC 7515 §3.1)', () => {
  const token = signJwt(key, { sub: 'x' }, { typ: 'JWT' });
  const jws = parseJws(token);
  assert.deepEqual(jws.header, { alg: 'ES256', kid: 'ES256', typ: 'JWT' });
  assert.deepEqual(parsePayload(jws), { sub: 'x' });
  assert.equal(`${jws.signingInput}.${jws.signatureBase64url}`, token);
});

const refusals: readonly (readonly [string, string, JoseErrorCode])[] = [
  ['two parts', `${part({ alg: 'ES256' })}.${part({})}`, 'malformed'],
  ['four parts', `${part({ alg: 'ES256' })}.${part({})}.${signature}.${signature}`, 'malformed'],
  ['five parts', `${part({ alg: 'ES256' })}.e30.${signature}.e30.e30`, 'malformed'],
  ['an empty signature', `${part({ alg: 'ES256' })}.${part({})}.`, 'malformed'],
  ['a signature of the wrong length', `${part({ alg: 'ES256' })}.${part({})}.AAAA`, 'malformed'],
  ['alg none', `${part({ alg: 'none' })}.${part({})}.AA`, 'unsupported_algorithm'],
  ['alg HS256', `${part({ alg: 'HS256' })}.${part({})}.AA`, 'unsupported_algorithm'],
  ['alg in another case', `${part({ alg: 'es256' })}.${part({})}.${signature}`, 'unsupported_algorithm'],
  ['no alg', `${part({ typ: 'JWT' })}.${part({})}.${signature}`, 'unsupported_algorithm'],
  ['an alg that is a list', `${part({ alg: ['ES256'] })}.${part({})}.${signature}`, 'unsupported_algorithm'],
  [
    'crit',
    `${part({ alg: 'ES256', crit: ['exp'], exp: 1 })}.${part({})}.${signature}`,
    'unsupported_critical',
  ],
  ['an empty crit', `${part({ alg: 'ES256', crit: [] })}.${part({})}.${signature}`, 'unsupported_critical'],
  ['b64', `${part({ alg: 'ES256', b64: false })}.${part({})}.${signature}`, 'unsupported_critical'],
  ['a kid that is not text', `${part({ alg: 'ES256', kid: 1 })}.${part({})}.${signature}`, 'invalid_header'],
  [
    'an endless kid',
    `${part({ alg: 'ES256', kid: 'k'.repeat(257) })}.${part({})}.${signature}`,
    'invalid_header',
  ],
  ['a typ that is not text', `${part({ alg: 'ES256', typ: {} })}.${part({})}.${signature}`, 'invalid_header'],
  ['a header that is a list', `${part(['ES256'])}.${part({})}.${signature}`, 'malformed'],
  [
    'a header twice naming alg',
    `${encodeBase64url('{"alg":"ES256","alg":"RS256"}')}.e30.AA`,
    'duplicate_member',
  ],
  ['padding in a part', `${part({ alg: 'ES256' })}.e30=.${signature}`, 'malformed'],
  ['a leading space', ` ${part({ alg: 'ES256' })}.e30.${signature}`, 'malformed'],
  ['more than 16 KiB', 'a'.repeat(16_385), 'too_large'],
];
for (const [what, token, code] of refusals) {
  test(`refuses a token with ${what} (RFC 7515 §5.2, RFC 8725 §3)`, () => {
    assert.throws(() => parseJws(token), refusedAs(code));
  });
}

test('a token has one spelling: no other last character of the signature is taken (RFC 4648 §3.5)', () => {
  const token = signJwt(key, {});
  const accepted = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].filter((last) => {
    try {
      return verifyJwsSync(parseJws(token.slice(0, -1) + last), importVerificationKey(key.jwk));
    } catch {
      return false;
    }
  });
  assert.deepEqual(accepted, [token.at(-1)]);
});

test('keys in the header are dropped unless asked for, URLs always (RFC 8725 §3.10)', () => {
  const token = signJwt(
    key,
    {},
    { jwk: key.jwk, jku: 'https://a.example', x5u: 'https://a.example', x5c: ['AAAA'] },
  );
  assert.deepEqual(parseJws(token).header, { alg: 'ES256', kid: 'ES256' });
  assert.deepEqual(parseJws(token, { members: ['jwk', 'x5c'] }).header, {
    alg: 'ES256',
    kid: 'ES256',
    jwk: key.jwk,
    x5c: ['AAAA'],
  });
  const withPrivateKey = signJwt(key, {}, { jwk: { ...key.jwk, d: 'AA' } });
  assert.throws(() => parseJws(withPrivateKey, { members: ['jwk'] }), refusedAs('private_key'));
});

test('a payload is an object without duplicate members (RFC 7519 §4)', () => {
  const duplicate = parseJws(signRaw(key, '{"alg":"ES256"}', '{"sub":"a","sub":"b"}'));
  assert.throws(() => parsePayload(duplicate), refusedAs('duplicate_member'));
  assert.throws(() => parsePayload(parseJws(signRaw(key, '{"alg":"ES256"}', '[]'))), refusedAs('malformed'));
  assert.throws(() => parsePayload(parseJws(signRaw(key, '{"alg":"ES256"}', ''))), refusedAs('malformed'));
});

for (const own of keys) {
  test(`verifies ${own.alg} with its own key and with no other (RFC 7518 §3, SPN-3)`, async () => {
    const jws = parseJws(signJwt(own, { sub: 'x' }));
    for (const candidate of [...keys, makeKey(own.alg)]) {
      const imported = importVerificationKey(candidate.jwk);
      assert.equal(await verifyJws(jws, imported), candidate === own);
      assert.equal(verifyJwsSync(jws, imported), candidate === own);
    }
  });
}

test('one RSA key, imported for PS256, does not verify RS256 (RFC 8725 §3.1)', async () => {
  const rsa = keys[3];
  assert.ok(rsa);
  const { alg: _, ...open } = rsa.jwk;
  const { signingInput } = encodeJws({ alg: 'PS256' }, {});
  const signedAsRs256 = parseJws(signInput(rsa, signingInput, 'RS256'));
  const key = importVerificationKey(open, 'PS256');
  assert.equal(verifyJwsSync(signedAsRs256, key), false);
  assert.equal(await verifyJws(signedAsRs256, key), false);
  assert.equal(verifyJwsSync(parseJws(signJwt(rsa, {})), key), false);
});

test('a PS256 signature with another salt length is refused (RFC 7518 §3.5)', async () => {
  const { sign, constants } = await import('node:crypto');
  const ps = keys[4];
  assert.ok(ps);
  const { signingInput } = encodeJws({ alg: 'PS256' }, {});
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const options = { key: ps.privateKey, padding, saltLength: 20 };
  const token = `${signingInput}.${encodeBase64url(sign('sha256', Buffer.from(signingInput), options))}`;
  assert.equal(verifyJwsSync(parseJws(token), importVerificationKey(ps.jwk)), false);
  assert.equal(await verifyJws(parseJws(token), importVerificationKey(ps.jwk)), false);
});

function mutated(jws: DecodedJws, at: number, flip: number): DecodedJws {
  const bytes = Uint8Array.from(jws.signature);
  bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ flip;
  const text = encodeBase64url(bytes);
  return parseJws(`${jws.signingInput}.${text}`);
}

test('both verifiers answer alike for true and for damaged tokens (RFC 7515 §5.2)', async () => {
  const index = fc.nat({ max: keys.length - 1 });
  const payload = fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 20 }), { maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(index, payload, fc.nat(), fc.nat({ max: 255 }), async (chosen, claims, at, flip) => {
      const own = keys[chosen];
      assert.ok(own);
      const jws = mutated(parseJws(signJwt(own, claims)), at, flip);
      const imported = importVerificationKey(own.jwk);
      const answer = verifyJwsSync(jws, imported);
      assert.equal(answer, flip === 0);
      assert.equal(await verifyJws(jws, imported), answer);
    }),
    { numRuns: 60 },
  );
});

test('degenerate signatures are refused by both verifiers (RFC 7518 §3.4)', async () => {
  const { signingInput } = encodeJws({ alg: 'ES256' }, {});
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
  const zero = Buffer.alloc(32);
  for (const bytes of [
    [zero, zero],
    [order, order],
    [zero, order],
    [Buffer.alloc(32, 255), zero],
  ]) {
    const jws = parseJws(`${signingInput}.${Buffer.concat(bytes).toString('base64url')}`);
    assert.equal(verifyJwsSync(jws, importVerificationKey(key.jwk)), false);
    assert.equal(await verifyJws(jws, importVerificationKey(key.jwk)), false);
  }
});

test('jose verifies what we encode, and we verify what jose signs (RFC 7515 §3.1)', async () => {
  for (const own of keys) {
    const ours = signJwt(own, { sub: 'ü', skipped: undefined });
    const { payload } = await compactVerify(ours, createPublicKey(own.privateKey));
    assert.equal(new TextDecoder().decode(payload), '{"sub":"ü"}');
    const theirs = await new CompactSign(payload).setProtectedHeader({ alg: own.alg }).sign(own.privateKey);
    assert.equal(verifyJwsSync(parseJws(theirs), importVerificationKey(own.jwk)), true);
  }
});

test('answers or throws JoseError on any text whatever (RFC 7515 §5.2)', () => {
  const header = fc.oneof(fc.constantFrom('ES256', 'none', 'RS256'), fc.string()).map((alg) => part({ alg }));
  const anyPart = fc.oneof(header, fc.string(), fc.base64String(), fc.jsonValue().map(part));
  fc.assert(
    fc.property(fc.array(anyPart, { maxLength: 5 }), (parts) => {
      try {
        parsePayload(parseJws(parts.join('.')));
      } catch (error) {
        assert.ok(error instanceof JoseError);
      }
    }),
    { numRuns: 500 },
  );
});

test('typ is compared as a media type, and an absent one matches nothing (RFC 7515 §4.1.9)', () => {
  assert.equal(hasType({ typ: 'at+jwt' }, 'at+jwt'), true);
  assert.equal(hasType({ typ: 'application/AT+JWT' }, 'at+jwt'), true);
  assert.equal(hasType({ typ: 'JWT' }, 'at+jwt'), false);
  assert.equal(hasType({ typ: 'x/at+jwt' }, 'at+jwt'), false);
  assert.equal(hasType({}, 'JWT'), false);
});

test('verifies the RS256 example and refuses the algorithms we do not do (RFC 7520 §4)', async (t) => {
  const folder = vectorPath('jose/rfc7520/jws');
  if (folder === undefined) return t.skip('vectors: no TEST_VECTORS_DIR');
  let verified = 0;
  for (const file of readdirSync(folder)) {
    const { input, output } = readVectors(`${folder}/${file}`) as {
      input: { alg?: string; key?: Record<string, string> };
      output: { compact?: string };
    };
    if (output.compact === undefined) continue;
    if (input.alg !== 'RS256') {
      assert.throws(() => parseJws(output.compact ?? ''), JoseError, file);
      continue;
    }
    const { kty, n, e } = input.key ?? {};
    const imported = importVerificationKey(parseJwk({ kty, n, e }), 'RS256');
    const jws = parseJws(output.compact);
    assert.equal(verifyJwsSync(jws, imported), true);
    assert.equal(await verifyJws(jws, imported), true);
    verified += 1;
  }
  assert.equal(verified, 1);
});

test('verifies the Ed25519 example of the RFC (RFC 8037 §A.4)', async (t) => {
  const path = vectorPath('jose/rfc-small-vectors.json');
  if (path === undefined) return t.skip('vectors: no TEST_VECTORS_DIR');
  const { rfc8037 } = readVectors(path) as { rfc8037: { jwk: Record<string, string>; jws: string } };
  const { d: _, ...publicKey } = rfc8037.jwk;
  const imported = importVerificationKey(parseJwk(publicKey));
  const jws = parseJws(rfc8037.jws);
  assert.equal(verifyJwsSync(jws, imported), true);
  assert.equal(await verifyJws(jws, imported), true);
});

test('the ML-DSA examples of the RFC verify, and their seeds give their public keys (RFC 9964 §3, §5)', async (t) => {
  const path = vectorPath('jose/rfc9964');
  if (path === undefined) return t.skip('vectors: no rfc9964 in TEST_VECTORS_DIR');
  for (const name of ['ML_DSA_44', 'ML_DSA_65']) {
    const example = readVectors(`${path}/${name}.jose.json`) as { jwk: Record<string, string>; jws: string };
    const { priv: _, ...publicKey } = example.jwk;
    const imported = importVerificationKey(parseJwk(publicKey));
    assert.equal(thumbprint(imported.jwk), publicKey.kid);
    const jws = parseJws(example.jws);
    assert.equal(verifyJwsSync(jws, imported), true);
    assert.equal(await verifyJws(jws, imported), true);
    const fromSeed = createPrivateKey({ key: example.jwk, format: 'jwk' });
    const { pub } = createPublicKey(fromSeed).export({ format: 'jwk' }) as Record<string, unknown>;
    assert.equal(pub, publicKey.pub);
  }
});

test('verifies the DPoP proofs of the RFC with the key in their header (RFC 9449 §4.1)', (t) => {
  const path = vectorPath('jose/rfc-small-vectors.json');
  if (path === undefined) return t.skip('vectors: no TEST_VECTORS_DIR');
  const { dpop } = readVectors(path) as { dpop: { proof: string; payload: unknown }[] };
  for (const { proof, payload } of dpop) {
    const jws = parseJws(proof, { members: ['jwk'] });
    assert.ok(jws.header.jwk);
    assert.equal(verifyJwsSync(jws, importVerificationKey(jws.header.jwk)), true);
    assert.deepEqual(parsePayload(jws), payload);
  }
});
