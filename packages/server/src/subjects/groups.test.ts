import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openServices } from '../tenants/services.test-support.ts';
import { createGroups } from './index.ts';

type Context = Parameters<typeof openServices>[0];

async function openGroups(context: Context) {
  const services = await openServices(context);
  const groups = createGroups({ groups: services.store.groups, random: services.random });
  const person = (username: string) =>
    services.users.createUser(services.requester, { tenant: 'default', username, password: null });
  return { ...services, groups, person };
}

test('a group is found by its name in any case and by its id, in its own tenant only (CAP-8)', async (context) => {
  const { groups, tenants, requester } = await openGroups(context);
  await tenants.create(requester, { id: 'acme' });
  const staff = await groups.create(requester, 'default', 'Staff of Zürich');
  assert.equal((await groups.get('default', 'STAFF OF ZU\u0308RICH')).id, staff.id);
  assert.equal((await groups.get('default', staff.id)).id, staff.id);
  for (const which of ['staff of zürich', staff.id]) {
    await assert.rejects(groups.get('acme', which), { code: 'unknown_group' });
  }
  await assert.rejects(groups.create(requester, 'default', 'staff OF zürich'), { code: 'duplicate_group' });
  assert.ok(await groups.create(requester, 'acme', 'Staff of Zürich'));
});

test('a name with an invisible character or space at its ends is refused (CAP-8)', async (context) => {
  const { groups, requester } = await openGroups(context);
  for (const name of [
    '',
    ' ',
    ' a',
    'a ',
    'a\nb',
    'a\u200bb',
    'a\u202eb',
    'a\u2028b',
    '\ud800',
    'x'.repeat(129),
  ]) {
    await assert.rejects(
      groups.create(requester, 'default', name),
      { code: 'invalid_group' },
      JSON.stringify(name),
    );
  }
});

test('membership is changed with an audit row each time it changes, and none when it does not (ACC-4, CAP-8)', async (context) => {
  const { groups, person, requester, store } = await openGroups(context);
  const [ada, staff] = [await person('ada'), await groups.create(requester, 'default', 'staff')];
  assert.equal(await groups.addMember(requester, staff, ada), true);
  assert.equal(await groups.addMember(requester, staff, ada), false);
  assert.deepEqual(await groups.listMembers(staff, { limit: 10 }), [ada.id]);
  assert.deepEqual(
    (await groups.listBySubject(ada)).map(({ name }) => name),
    ['staff'],
  );
  assert.equal(await groups.removeMember(requester, staff, ada), true);
  assert.equal(await groups.removeMember(requester, staff, ada), false);
  await groups.remove(requester, staff);
  await assert.rejects(groups.addMember(requester, staff, ada), { code: 'unknown_group' });
  await assert.rejects(groups.remove(requester, staff), { code: 'unknown_group' });
  const rows = (await store.audit.listNewest('default', 50)).filter(({ action }) =>
    action.startsWith('group.'),
  );
  assert.deepEqual(rows.map(({ action }) => action).reverse(), [
    'group.created',
    'group.member-added',
    'group.member-removed',
    'group.removed',
  ]);
  assert.ok(rows.every(({ target }) => target?.id === staff.id));
  assert.equal(rows.find(({ action }) => action === 'group.member-added')?.details.subject, ada.id);
});
