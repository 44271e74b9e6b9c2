import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSubjectId } from '@countersign/protocol';
import { openServices } from '../tenants/services.test-support.ts';
import { SubjectError } from './index.ts';

const password = 'kumquat teapot orbit';
const refusedAs = (code: string) => (error: unknown) => error instanceof SubjectError && error.code === code;

test('a new user has a USR id, an Argon2id hash and an audit row with personal values sealed (SPN-12, ACC-4)', async (context) => {
  const { users, store, requester } = await openServices(context);
  const ada = await users.createUser(
    requester,
    { tenant: 'default', username: 'Ada', password, email: 'ada@example.com' },
    ['admin'],
  );
  assert.equal(parseSubjectId(ada.id).kind, 'usr');
  assert.match(ada.passwordHash ?? '', /^\$argon2id\$/);
  assert.equal(ada.emailVerified, false);
  assert.deepEqual(
    (await store.subjects.listGrants('default', ada.id)).map(({ role }) => role),
    ['admin'],
  );
  const created = (await store.audit.listNewest('default', 50)).find(
    ({ action }) => action === 'user.created',
  );
  assert.equal(created?.personal?.subject, ada.id);
  assert.equal(JSON.stringify(created).toLowerCase().includes('example.com'), false);
});

test('a user is found by name in any case and by id, in its own tenant only', async (context) => {
  const { users, tenants, requester } = await openServices(context);
  await tenants.create(requester, { id: 'acme' });
  const ada = await users.createUser(requester, { tenant: 'default', username: 'Ada', password });
  assert.equal((await users.get('default', 'ADA')).id, ada.id);
  assert.equal((await users.get('default', ada.id)).id, ada.id);
  await assert.rejects(users.get('acme', 'ada'), refusedAs('unknown_subject'));
  await assert.rejects(users.get('acme', ada.id), refusedAs('unknown_subject'));
  const other = await users.createUser(requester, { tenant: 'acme', username: 'ada', password });
  assert.notEqual(other.id, ada.id);
});

test('of many who take one user name at once, one gets it', async (context) => {
  const { users, requester } = await openServices(context);
  const names = ['ada', 'ADA', 'Ada', 'aDa', 'ａｄａ'];
  const outcomes = await Promise.allSettled(
    names.map((username) => users.createUser(requester, { tenant: 'default', username, password })),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') assert.ok(refusedAs('duplicate_username')(outcome.reason));
});

test('a weak password, a bad name, address or profile makes no user', async (context) => {
  const { users, requester } = await openServices(context);
  const create = (change: object) =>
    users.createUser(requester, { tenant: 'default', username: 'ada', password, ...change });
  await assert.rejects(create({ password: 'password1234' }), refusedAs('weak_password'));
  await assert.rejects(create({ username: 'a b' }), refusedAs('invalid_username'));
  for (const email of ['x', 'a@b@c', 'a b@c', 'a@b..c', '@b', 'a@', 'a@-b', '<a@b>'])
    await assert.rejects(create({ email }), refusedAs('invalid_email'), email);
  await assert.rejects(create({ profile: { name: 'a\u0000' } }), refusedAs('invalid_profile'));
  await assert.rejects(create({ profile: { role: 'admin' } }), refusedAs('invalid_profile'));
  assert.deepEqual(await users.list('default', { limit: 10 }), []);
});

test('a prepared user is not stored', async (context) => {
  const { users, requester, actions } = await openServices(context);
  const { subject, trail } = await users.prepareUser(requester, {
    tenant: 'default',
    username: 'ada',
    password,
  });
  assert.equal(await users.find('default', subject.id), undefined);
  assert.equal((await actions()).includes('user.created'), false);
  assert.equal(trail.audit?.length, 1);
});

test('another e-mail address counts as unconfirmed, the same one stays confirmed', async (context) => {
  const { users, requester } = await openServices(context);
  const ada = await users.createUser(requester, {
    tenant: 'default',
    username: 'ada',
    password,
    email: 'a@example.com',
    emailVerified: true,
  });
  const named = await users.changeProfile(requester, 'default', ada.id, { profile: { name: 'Ada' } });
  assert.deepEqual([named.emailVerified, named.profile.name], [true, 'Ada']);
  const moved = await users.changeProfile(requester, 'default', ada.id, {
    email: 'b@example.com',
    profile: { name: null },
  });
  assert.deepEqual([moved.emailVerified, moved.profile.name], [false, undefined]);
});

test('a new password replaces the old one, ends the sessions and is audited', async (context) => {
  const { users, hasher, requester, actions } = await openServices(context);
  const ada = await users.createUser(requester, { tenant: 'default', username: 'ada', password });
  await users.setPassword(requester, 'default', ada.id, {
    password: 'orbit teapot kumquat',
    mustChange: false,
    keepSession: null,
  });
  const { passwordHash } = await users.get('default', 'ada');
  assert.equal((await hasher.verify(passwordHash, password)).matches, false);
  assert.equal((await hasher.verify(passwordHash, 'orbit teapot kumquat')).matches, true);
  assert.ok((await actions()).includes('password.changed'));
  await assert.rejects(
    users.setPassword(requester, 'default', ada.id, {
      password: 'short',
      mustChange: false,
      keepSession: null,
    }),
    refusedAs('weak_password'),
  );
});

test('a reset password works, is random, and must be changed', async (context) => {
  const { users, hasher, requester } = await openServices(context);
  const ada = await users.createUser(requester, { tenant: 'default', username: 'ada', password: null });
  const [first, second] = [
    await users.resetPassword(requester, 'default', ada.id),
    await users.resetPassword(requester, 'default', ada.id),
  ];
  assert.notEqual(first, second);
  const after = await users.get('default', 'ada');
  assert.equal((await hasher.verify(after.passwordHash, second)).matches, true);
  assert.equal(after.mustChangePassword, true);
});

test('disabling, enabling and removing a user are stored with their audit rows, and an unknown user is refused', async (context) => {
  const { users, requester, actions } = await openServices(context);
  const ada = await users.createUser(requester, { tenant: 'default', username: 'ada', password: null });
  await users.disable(requester, 'default', ada.id);
  assert.notEqual((await users.get('default', 'ada')).disabledAt, 0);
  await users.enable(requester, 'default', ada.id);
  assert.equal((await users.get('default', 'ada')).disabledAt, 0);
  await users.remove(requester, 'default', ada.id);
  await assert.rejects(users.get('default', 'ada'), refusedAs('unknown_subject'));
  await assert.rejects(users.remove(requester, 'default', ada.id), refusedAs('unknown_subject'));
  const done = await actions();
  for (const action of ['user.disabled', 'user.enabled', 'user.removed'])
    assert.ok(done.includes(action), action);
});
