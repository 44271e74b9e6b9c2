import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDeclarations } from './declarations.test-support.ts';

const job = (name: string): string =>
  `kind: client\nid: job\nsecretEnv: SECRET\nmetadata: { grant_types: [client_credentials], client_name: ${name} }\n`;
const refusedAs = (code: string) => (error: unknown) => (error as { code?: unknown }).code === code;

test('a plan whose client somebody has changed since is refused, and writes nothing (ACC-5)', async (context) => {
  const { plan, apply, clients, actions } = await openDeclarations(context);
  await apply(await plan(job('One')));
  const [first, second] = [await plan(job('Two')), await plan(job('Three'))];
  await apply(first);
  const recorded = await actions();
  await assert.rejects(apply(second), refusedAs('stale'));
  assert.equal((await clients.get('default', 'job')).metadata.clientName, 'Two');
  assert.deepEqual(await actions(), recorded);
});

test('of two that make the same client one is told that it exists (ACC-5)', async (context) => {
  const { plan, apply } = await openDeclarations(context);
  const plans = [await plan(job('One')), await plan(job('Two'))];
  const outcomes = await Promise.allSettled(plans.map(apply));
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const [refused] = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(refused?.reason.code, 'duplicate_client');
});

test('a plan whose tenant somebody has changed since is refused, and writes nothing (ACC-5)', async (context) => {
  const { plan, apply, tenants, requester } = await openDeclarations(context);
  const made = await plan('kind: tenant\nid: default\nname: Ours\n');
  await tenants.change(requester, 'default', { name: 'Theirs' });
  await assert.rejects(apply(made), refusedAs('stale'));
  assert.equal((await tenants.get('default')).name, 'Theirs');
});

test('a client that somebody has changed since the plan is not pruned (ACC-5)', async (context) => {
  const { plan, apply, clients, requester, tenant } = await openDeclarations(context);
  await apply(await plan(job('One')));
  const made = await plan('kind: tenant\nid: default\nname: Default\n', { prune: true });
  assert.deepEqual(
    made.changes.map(({ action, name }) => [action, name]),
    [['remove', 'default/job']],
  );
  await clients.change(requester, tenant, 'job', { client_name: 'Still in use' });
  await assert.rejects(apply(made), refusedAs('stale'));
  assert.equal((await clients.get('default', 'job')).disabledAt, 0);
});

test('prune looks at the tenants that the files speak of, and at no other (ACC-5)', async (context) => {
  const { plan, apply, clients } = await openDeclarations(context);
  await apply(await plan(`kind: tenant\nid: other\n---\n${job('One')}`));
  const made = await plan('kind: tenant\nid: other\n', { prune: true });
  assert.deepEqual(made.changes, []);
  assert.ok(await clients.find('default', 'job'));
});

test('a client is planned against its tenant as the same files make it (ACC-5)', async (context) => {
  const { plan, apply, clients } = await openDeclarations(context);
  await apply(
    await plan(
      'kind: client\ntenant: acme\nid: spa\nmetadata: { token_endpoint_auth_method: none, redirect_uris: [https://spa.example/cb] }\n---\nkind: tenant\nid: acme\nsettings: { defaultSigningAlgorithm: EdDSA }\n',
    ),
  );
  assert.equal((await clients.get('acme', 'spa')).metadata.idTokenSignedResponseAlg, 'EdDSA');
});

test('what changes a client and its audit entry name the members, never a value (ACC-5, SPN-17)', async (context) => {
  const { plan, apply, store } = await openDeclarations(context);
  await apply(await plan(job('One')));
  await apply(await plan(job('Two')));
  const [changed] = await store.audit.listNewest('default', 1);
  assert.equal(changed?.action, 'client.changed');
  assert.equal(changed?.details.members, 'client_name');
});

test('a secret that no client may have is refused while planning, before anything is written (ACC-5)', async (context) => {
  const { plan, actions } = await openDeclarations(context);
  const before = await actions();
  const text = `kind: tenant\nid: acme\n---\n${job('One').replace('SECRET', 'SHORT')}`;
  await assert.rejects(plan(text), /test\.yaml:4 is refused: .*12 to 256 characters/);
  assert.deepEqual(await actions(), before);
});
