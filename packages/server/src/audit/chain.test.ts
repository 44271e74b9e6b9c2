import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashRecord, normaliseEntry } from './chain.ts';
import type { AuditEntry } from './record.ts';

const entry: AuditEntry = {
  tenant: 'default',
  at: 1_800_000_000,
  action: 'token.issued',
  actor: { kind: 'client', id: 'web' },
  target: { kind: 'grant', id: 'g1' },
  outcome: 'refused',
  reason: 'expired',
  traceId: 't1',
  details: { b: 1, a: 'x', c: null, d: true },
  personal: { subject: 'USR-1', sealed: 'v1.k.n.c' as never },
};
const position = { chain: 'c1', sequence: 7, previousHash: 'before' };

test('the hash rule is fixed: this record has this hash for ever (ACC-4)', () => {
  assert.equal(hashRecord(entry, position), 'ENq2jrnS8Ipp9jYOUGEIJEoN7xgZhT_l_cIJvV8mMMo');
});

test('every field of a record is under its hash (ACC-4)', () => {
  const variants: readonly AuditEntry[] = [
    { ...entry, tenant: 'other' },
    { ...entry, at: entry.at + 1 },
    { ...entry, action: 'token.revoked' },
    { ...entry, actor: { kind: 'subject', id: 'web' } },
    { ...entry, actor: { kind: 'client', id: 'app' } },
    { ...entry, target: null },
    { ...entry, target: { kind: 'grant', id: 'g2' } },
    { ...entry, outcome: 'ok' },
    { ...entry, reason: null },
    { ...entry, reason: 'null' },
    { ...entry, traceId: 't2' },
    { ...entry, details: { ...entry.details, b: '1' } },
    { ...entry, details: { a: 'x', c: null, d: true } },
    { ...entry, personal: null },
    { ...entry, personal: { subject: 'USR-2', sealed: 'v1.k.n.c' as never } },
    { ...entry, personal: { subject: 'USR-1', sealed: 'v1.k.n.d' as never } },
  ];
  const hashes = new Set([entry, ...variants].map((one) => hashRecord(one, position)));
  for (const change of [{ chain: 'c2' }, { sequence: 8 }, { previousHash: 'other' }]) {
    hashes.add(hashRecord(entry, { ...position, ...change }));
  }
  assert.equal(hashes.size, variants.length + 4);
});

test('the order in which details were written does not matter (ACC-4)', () => {
  const reversed = Object.fromEntries(Object.entries(entry.details).reverse());
  assert.equal(hashRecord({ ...entry, details: reversed }, position), hashRecord(entry, position));
});

test('text cannot be moved from one field to the next (ACC-4)', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
      fc.pre(a !== c || b !== d);
      const one = hashRecord({ ...entry, action: a, traceId: b }, position);
      assert.notEqual(one, hashRecord({ ...entry, action: c, traceId: d }, position));
    }),
  );
});

test('a normalised entry survives the way into the store and back (ACC-4)', () => {
  const details = fc.dictionary(
    fc.string(),
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
    ),
  );
  fc.assert(
    fc.property(details, fc.string({ unit: 'binary' }), (some, id) => {
      const normal = normaliseEntry({ ...entry, details: some, actor: { kind: 'client', id } });
      const stored = { ...normal, details: JSON.parse(JSON.stringify(normal.details)) };
      assert.equal(hashRecord(stored, position), hashRecord(normal, position));
      assert.equal(Buffer.from(normal.actor.id, 'utf8').toString('utf8'), normal.actor.id);
    }),
  );
});
