import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  base62Encode,
  deterministicSubjectId,
  issueSubjectId,
  parseSubjectId,
  parseTenantId,
  SubjectIdError,
  type SubjectIdErrorCode,
  subjectKinds,
  validateSubjectId,
} from './subject-id.ts';

const refusedAs = (code: SubjectIdErrorCode) => (error: unknown) =>
  error instanceof SubjectIdError && error.code === code;
const kinds = fc.constantFrom(...subjectKinds);
const slugCharacter = fc.constantFrom(...'abcxyz0189-');
const tenants = fc.oneof(
  fc.constant('_system'),
  fc.string({ unit: slugCharacter, minLength: 1, maxLength: 63 }).filter((text) => !/^-|-$/.test(text)),
);
const sixteenBytes = fc.uint8Array({ minLength: 16, maxLength: 16 });

test('an issued id is parsed to what it was made of, hyphens in the tenant included (SPN-12)', () => {
  fc.assert(
    fc.property(kinds, tenants, sixteenBytes, (kind, tenant, random) => {
      const text = issueSubjectId(kind, tenant, random);
      assert.match(text, /^(USR|AGT|SVC|SYS)-.+-[0-9A-Za-z]{22}-[0-9A-Za-z]{5}$/);
      assert.deepEqual(parseSubjectId(text), { kind, tenant, text });
      assert.deepEqual(validateSubjectId(text, tenant), { kind, tenant, text });
    }),
  );
});

test('a tenant that looks like the rest of an id does not confuse the parser (SPN-12)', () => {
  const tenant = 'usr-acme-0000000000000000000000-00000';
  const text = issueSubjectId('agt', tenant, randomBytes(16));
  assert.equal(parseSubjectId(text).tenant, tenant);
});

test('a single changed, dropped or swapped character is noticed (SPN-12)', () => {
  const digits = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
  fc.assert(
    fc.property(tenants, sixteenBytes, fc.nat(), fc.constantFrom(...digits), (tenant, random, at, digit) => {
      const text = issueSubjectId('usr', tenant, random);
      const place = at % text.length;
      const variants = [
        text.slice(0, place) + digit + text.slice(place + 1),
        text.slice(0, place) + text.slice(place + 1),
        text.slice(0, place) + text.charAt(place + 1) + text.charAt(place) + text.slice(place + 2),
      ];
      for (const variant of variants.filter((candidate) => candidate !== text)) {
        assert.throws(() => parseSubjectId(variant), SubjectIdError, variant);
      }
    }),
    { seed: 7 },
  );
});

test("another tenant's id is refused, the reserved tenant's too (SPN-12)", () => {
  const text = issueSubjectId('svc', 'acme-eu', randomBytes(16));
  for (const tenant of ['acme', 'acme-eu-1', 'ACME-EU', '_system', '']) {
    assert.throws(() => validateSubjectId(text, tenant), refusedAs('foreign_tenant'));
  }
  const operator = issueSubjectId('usr', '_system', randomBytes(16));
  assert.throws(() => validateSubjectId(operator, 'acme'), refusedAs('foreign_tenant'));
});

test('kind and tenant are part of the checksum (SPN-12)', () => {
  const text = issueSubjectId('usr', 'acme', randomBytes(16));
  assert.throws(() => parseSubjectId(text.replace('USR', 'SYS')), refusedAs('wrong_checksum'));
  assert.throws(() => parseSubjectId(text.replace('acme', 'acne')), refusedAs('wrong_checksum'));
});

test('an id has one spelling: case, spaces and a number beyond 128 bits are refused (SPN-12)', () => {
  const text = issueSubjectId('usr', 'acme', new Uint8Array(16).fill(255));
  assert.equal(text.split('-')[2], '7n42DGM5Tflk9n8mt7Fhc7');
  for (const variant of [
    text.toLowerCase(),
    ` ${text}`,
    `${text}\n`,
    text.replace('7n42DGM5Tflk9n8mt7Fhc7', '7n42DGM5Tflk9n8mt7Fhc8'),
    text.replace('7n42DGM5Tflk9n8mt7Fhc7', 'z'.repeat(22)),
    text.replace('USR', 'ADM'),
    text.replace('-acme-', '--'),
    '',
  ]) {
    assert.throws(() => parseSubjectId(variant), refusedAs('malformed'), variant);
  }
  assert.throws(() => parseSubjectId(text.replace('acme', 'Acme')), refusedAs('invalid_tenant'));
});

test('the same seed gives the same id, and kind, tenant and seed cannot be shifted into another (SPN-12)', () => {
  assert.equal(deterministicSubjectId('usr', 'acme', 'ada'), deterministicSubjectId('usr', 'acme', 'ada'));
  const ids = [
    deterministicSubjectId('usr', 'acme', 'ada'),
    deterministicSubjectId('agt', 'acme', 'ada'),
    deterministicSubjectId('usr', 'acme-a', 'da'),
    deterministicSubjectId('usr', 'acme', 'Ada'),
    deterministicSubjectId('usr', 'acme', ''),
  ].map((text) => parseSubjectId(text).text.split('-').at(-2));
  assert.equal(new Set(ids).size, ids.length);
});

test('the id of a seed never changes between versions (SPN-12)', () => {
  assert.equal(deterministicSubjectId('usr', 'acme', 'ada'), 'USR-acme-7i3UnMY2mFC311TLSysNeE-JmKpr');
});

test('10,000 issues give no duplicate (SPN-12)', () => {
  const issued = Array.from({ length: 10_000 }, () => issueSubjectId('usr', 'acme', randomBytes(16)));
  assert.equal(new Set(issued).size, 10_000);
});

test('an id takes 16 random bytes, no fewer and no more (SPN-12)', () => {
  for (const length of [0, 15, 17]) {
    assert.throws(() => issueSubjectId('usr', 'acme', new Uint8Array(length)), refusedAs('malformed'));
  }
});

test('a tenant id is a slug of at most 63, or _system (SPN-12)', () => {
  for (const text of ['a', '0', 'acme', 'a-b--c', 'a'.repeat(63), '_system'])
    assert.equal(parseTenantId(text), text);
  for (const text of [
    '',
    '-',
    '-a',
    'a-',
    'A',
    'a_b',
    '_other',
    '_SYSTEM',
    'a.b',
    'a/b',
    '..',
    'é',
    'a\n',
    'a'.repeat(64),
  ]) {
    assert.throws(() => parseTenantId(text), refusedAs('invalid_tenant'), JSON.stringify(text));
  }
});

test('any text is parsed or refused with a code (SPN-12)', () => {
  const piece = fc.oneof(fc.constantFrom('USR', 'acme', '-', '0'.repeat(22), '00000'), fc.string());
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      try {
        parseSubjectId(pieces.join(''));
      } catch (error) {
        assert.ok(error instanceof SubjectIdError);
      }
    }),
  );
});

test('base62 pads to its length, keeps order and refuses what does not fit (SPN-12)', () => {
  assert.equal(base62Encode(Uint8Array.of(61), 1), 'z');
  assert.equal(base62Encode(Uint8Array.of(62), 3), '010');
  assert.equal(base62Encode(new Uint8Array(), 2), '00');
  assert.throws(() => base62Encode(Uint8Array.of(62), 1), refusedAs('malformed'));
  fc.assert(
    fc.property(sixteenBytes, sixteenBytes, (left, right) => {
      const order = Math.sign(Buffer.compare(left, right));
      const [a, b] = [base62Encode(left, 22), base62Encode(right, 22)];
      assert.equal(a < b ? -1 : a > b ? 1 : 0, order);
    }),
  );
});
