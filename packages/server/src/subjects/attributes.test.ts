import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openServices } from '../tenants/services.test-support.ts';
import { changeAttributes } from './attributes.ts';
import { SubjectError } from './index.ts';

type Change = Parameters<typeof changeAttributes>[1];

const refused = { name: 'SubjectError', code: 'invalid_attribute' };

test('attributes are set and removed one by one, and come back in order of their names (CAP-8)', () => {
  const first = changeAttributes({}, { level: 3, 'cost-centre': 'K1', remote: true, teams: ['b', 'a'] });
  assert.deepEqual(Object.keys(first), ['cost-centre', 'level', 'remote', 'teams']);
  assert.deepEqual(first.teams, ['b', 'a']);
  assert.deepEqual(changeAttributes(first, { level: null, remote: null, unknown: null, teams: ['c'] }), {
    'cost-centre': 'K1',
    teams: ['c'],
  });
});

test('a name that is a standard claim, or no plain name, is refused (CAP-8)', () => {
  const names = [
    'email',
    'name',
    'address',
    'updated_at',
    'sub',
    'username',
    'groups',
    '__proto__',
    '',
    ' a',
  ];
  for (const name of [...names, 'a b', 'a..b', '1a', 'a:', 'a=', 'é', 'x'.repeat(65)]) {
    const change = JSON.parse(`{${JSON.stringify(name)}: "x"}`) as Change;
    assert.throws(() => changeAttributes({}, change), refused, name);
  }
});

test('a value that is empty, too large, nested or not JSON is refused, and so is one attribute too many (CAP-8)', () => {
  const values: readonly unknown[] = [
    '',
    '  ',
    'x'.repeat(1025),
    'a\nb',
    '\ud800',
    [],
    ['a', 'a'],
    ['a', ''],
    ['a', 1],
    [['a']],
    Array.from({ length: 101 }, (_, index) => `n${index}`),
    Number.NaN,
    Number.POSITIVE_INFINITY,
    { a: 1 },
    undefined,
  ];
  for (const value of values) {
    const change = { badge: value } as Change;
    assert.throws(() => changeAttributes({}, change), refused, String(value));
  }
  const many = Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`n${index}`, index]));
  const full = changeAttributes({}, many);
  assert.throws(() => changeAttributes(full, { more: 1 }), refused);
  assert.ok(changeAttributes(full, { more: 1, n0: null }));
  const large = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`n${index}`, 'x'.repeat(1000)]));
  assert.throws(() => changeAttributes({}, large), refused);
});

test('a refusal names the attribute and not its value (SPN-26)', () => {
  try {
    changeAttributes({}, { diagnosis: 'secret\u0000' });
    assert.fail('it was accepted');
  } catch (error) {
    assert.ok(error instanceof SubjectError);
    assert.match(error.message, /diagnosis/);
    assert.doesNotMatch(error.message, /secret/);
  }
});

test('attributes of a person are stored with the person, and the audit row names them without their values (ACC-4, CAP-8)', async (context) => {
  const { users, store, requester } = await openServices(context);
  const ada = await users.createUser(requester, {
    tenant: 'default',
    username: 'ada',
    password: null,
    attributes: { badge: 'B-17' },
  });
  await users.changeProfile(requester, 'default', ada.id, { attributes: { level: 3, badge: null } });
  assert.deepEqual((await store.subjects.find('default', ada.id))?.attributes, { level: 3 });
  await users.changeProfile(requester, 'default', ada.id, { profile: { name: 'Ada' } });
  assert.deepEqual((await store.subjects.find('default', ada.id))?.attributes, { level: 3 });
  const rows = await store.audit.listNewest('default', 10);
  assert.ok(rows.some(({ details }) => details.attributes === 'badge level'));
  assert.equal(JSON.stringify(rows).includes('B-17'), false);
});
