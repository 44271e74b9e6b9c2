import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseClientMetadata } from '@countersign/protocol';
import * as make from '../storage/conformance/fixtures.ts';
import type { ClientRecord, Store } from '../storage/ports.ts';
import { systemRandom } from '../system.ts';
import { openTestStore, type TestStore } from '../testing/store.ts';
import { createPublicSubjects, type PublicSubjects } from './public-subjects.ts';

let opened: TestStore;
let subjects: PublicSubjects;

before(async () => {
  opened = await openTestStore();
  await make.seedBasics(opened.store, 'a');
  await make.seedBasics(opened.store, 'b');
  await opened.store.subjects.create(make.subject('a', 'USR-bob'), [], make.noTrail);
  subjects = over(opened.store);
});
after(async () => {
  subjects.close();
  await opened.close();
});

function over(store: Pick<Store, 'pairwiseSubjects' | 'changes'>): PublicSubjects {
  const { pairwiseSubjects, changes } = store;
  return createPublicSubjects({
    store: pairwiseSubjects,
    changes,
    random: systemRandom,
    clock: opened.clock,
  });
}

function client(host: string, change: Readonly<Record<string, unknown>> = {}, tenant = 'a'): ClientRecord {
  const members = { redirect_uris: [`https://${host}/cb`], subject_type: 'pairwise', ...change };
  const context = { profile: 'standard', defaultIdTokenAlg: 'ES256' } as const;
  return make.client(tenant, host, { metadata: parseClientMetadata(members, context) });
}

test('two clients of one sector know a person by one identifier, two sectors and two people by different ones (OpenID Connect Core §8)', async () => {
  const [web, shop] = [client('app.example'), client('shop.example')];
  const sister = client('app.example', { redirect_uris: ['https://app.example:8443/other'] });
  const named = client('x.example', { sector_identifier_uri: 'https://app.example/sector.json' });
  const ada = await subjects.subFor(web, 'USR-ada');
  assert.equal(await subjects.subFor(web, 'USR-ada'), ada);
  assert.equal(await subjects.subFor(sister, 'USR-ada'), ada);
  assert.equal(await subjects.subFor(named, 'USR-ada'), ada);
  const others = [
    await subjects.subFor(shop, 'USR-ada'),
    await subjects.subFor(web, 'USR-bob'),
    await subjects.subFor(client('app.example', {}, 'b'), 'USR-ada'),
  ];
  assert.equal(new Set([ada, ...others]).size, 4);
  assert.match(ada, /^[0-9A-Za-z]{43}$/);
});

test('a pairwise sub leads back to the person for its own sector alone (OpenID Connect Core §8)', async () => {
  const [web, shop] = [client('app.example'), client('shop.example')];
  const ada = await subjects.subFor(web, 'USR-ada');
  assert.equal(await subjects.resolve(web, ada), 'USR-ada');
  assert.equal(await subjects.resolve(shop, ada), undefined);
  assert.equal(await subjects.resolve(client('app.example', {}, 'b'), ada), undefined);
  const forged = [
    'USR-ada',
    'SVC-shop.example',
    '',
    `${ada} `,
    ada.toLowerCase(),
    `USR-ada ${ada}`,
    ada.replace(/^./, '~'),
  ];
  for (const sub of forged) assert.equal(await subjects.resolve(web, sub), undefined, sub);
});

test('for public subjects the sub is the subject id, and a client’s own id is its own (OpenID Connect Core §8)', async () => {
  const open = client('open.example', { subject_type: 'public' });
  assert.equal(await subjects.subFor(open, 'USR-ada'), 'USR-ada');
  assert.equal(await subjects.resolve(open, 'USR-ada'), 'USR-ada');
  const web = client('app.example');
  assert.equal(await subjects.subFor(web, web.subject), web.subject);
  assert.equal(await subjects.resolve(web, web.subject), web.subject);
  assert.deepEqual(await opened.store.pairwiseSubjects.listBySubject('a', web.subject), []);
});

test('parallel first uses in two processes agree (OpenID Connect Core §8.1)', async () => {
  const beside = over((await opened.openBeside()).store);
  const fresh = client('fresh.example');
  const subs = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 2 ? beside : subjects).subFor(fresh, 'USR-ada')),
  );
  assert.equal(new Set(subs).size, 1);
  assert.equal(await beside.resolve(fresh, subs[0] ?? ''), 'USR-ada');
  beside.close();
});

test('looking for an identifier makes none (OpenID Connect Core §8.1)', async () => {
  const unused = client('unused.example');
  assert.equal(await subjects.find(unused, 'USR-ada'), undefined);
  const made = await subjects.subFor(unused, 'USR-ada');
  assert.equal(await subjects.find(unused, 'USR-ada'), made);
});

test('identifiers are looked up in memory, and an erased person’s are gone from there too (OpenID Connect Core §8.1)', async () => {
  let reads = 0;
  const counting = over({
    changes: opened.store.changes,
    pairwiseSubjects: {
      ...opened.store.pairwiseSubjects,
      findBySub(tenant, sub) {
        reads += 1;
        return opened.store.pairwiseSubjects.findBySub(tenant, sub);
      },
      listBySubject(tenant, subject) {
        reads += 1;
        return opened.store.pairwiseSubjects.listBySubject(tenant, subject);
      },
    },
  });
  await opened.store.subjects.create(make.subject('a', 'USR-eve'), [], make.noTrail);
  const web = client('app.example');
  const eve = await counting.subFor(web, 'USR-eve');
  for (let turn = 0; turn < 10; turn += 1) {
    assert.equal(await counting.subFor(web, 'USR-eve'), eve);
    assert.equal(await counting.resolve(web, eve), 'USR-eve');
  }
  assert.equal(reads, 3, 'once before it was made, then once in each direction');
  await opened.store.subjects.remove(
    'a',
    'USR-eve',
    make.revocation('a', 'subject', 'USR-eve'),
    make.noTrail,
  );
  assert.equal(await counting.resolve(web, eve), undefined);
  assert.equal(await counting.find(web, 'USR-eve'), undefined);
  await assert.rejects(counting.subFor(web, 'USR-eve'), { code: 'invalid_grant' });
  counting.close();
});
