import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createFlow, type Visitor } from '../authorize/flow.test-support.ts';
import { type Harness, openHarness, serviceMetadata } from '../testing/harness.ts';

const limited = { COUNTERSIGN_RATE_LIMITS__ENABLED: 'true' };
const grant = { grant_type: 'client_credentials' };

let harness: Harness;
let count = 0;

before(async () => {
  harness = await openHarness(limited);
});
after(() => harness.close());

/** A source that nobody has used. */
function newPeer(): string {
  count += 1;
  return `198.51.100.${count}`;
}

async function askToken(
  world: Harness,
  id: string,
  secret: string | null,
  peer: string,
  path = '/oauth2/token',
): Promise<Response> {
  return world.fetch(path, {
    method: 'POST',
    peer,
    body: new URLSearchParams({ ...grant, token: 'x' }).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${btoa(`${id}:${secret}`)}`,
    },
  });
}

/** Fails until it is refused; answers how many attempts were looked at, and the refusal. */
async function exhaust(
  id: string,
  peer: string,
  path?: string,
): Promise<{ readonly looked: number; readonly refusal: Response }> {
  for (let looked = 0; ; looked += 1) {
    const response = await askToken(harness, id, 'wrong', peer, path);
    if (response.status !== 401) return { looked, refusal: response };
  }
}

/** What everybody sees, without what differs each time. */
async function seen(response: Response): Promise<unknown> {
  const headers = [...response.headers].filter(([name]) => name !== 'x-trace-id');
  return [response.status, headers, await response.text()];
}

test('a source that keeps failing is answered 429 with Retry-After in whole seconds (decision 8, SPN-18)', async () => {
  const { looked, refusal } = await exhaust('nobody', newPeer());
  assert.equal(looked, 10);
  assert.equal(refusal.status, 429);
  assert.match(refusal.headers.get('retry-after') ?? '', /^[1-9][0-9]*$/);
  const body = (await refusal.json()) as Record<string, string>;
  assert.equal(body.error, 'rate_limited');
  assert.equal(typeof body.error_description, 'string');
});

test('a client that exists and one that does not are limited alike, to the byte (SPN-18)', async () => {
  await harness.addClient('exists', serviceMetadata);
  const [known, unknown] = [await exhaust('exists', newPeer()), await exhaust('exists-not', newPeer())];
  assert.equal(known.looked, unknown.looked);
  assert.deepEqual(await seen(known.refusal), await seen(unknown.refusal));
});

test('a blocked source is refused even with the right secret, and another source is not (SPN-18)', async () => {
  const { client, secret } = await harness.addClient('blocked', serviceMetadata);
  const peer = newPeer();
  const { refusal } = await exhaust(client.id, peer);
  assert.equal((await askToken(harness, client.id, secret, peer)).status, 429);
  assert.equal(
    (await askToken(harness, client.id, secret, newPeer())).status,
    200,
    'nobody can lock a client out',
  );
  harness.clock.advance(Number(refusal.headers.get('retry-after')));
  assert.equal((await askToken(harness, client.id, secret, peer)).status, 200);
});

test('introspection and revocation brake guessing as well (SPN-18)', async () => {
  for (const path of ['/oauth2/introspect', '/oauth2/revoke', '/oauth2/par']) {
    const { looked, refusal } = await exhaust('nobody', newPeer(), path);
    assert.deepEqual([looked, refusal.status], [10, 429], path);
  }
});

test('a success costs nothing: a client that authenticates is not slowed by the brake on guessing (SPN-18)', async () => {
  const { client, secret } = await harness.addClient('busy', serviceMetadata);
  const peer = newPeer();
  for (let round = 0; round < 60; round += 1)
    assert.equal((await askToken(harness, client.id, secret, peer)).status, 200);
  const { looked } = await exhaust(client.id, peer);
  assert.equal(looked, 10);
});

test('an authenticated client has a limit of its own, told with Retry-After (decision 8, SPN-18)', async () => {
  const world = await openHarness({ ...limited, COUNTERSIGN_RATE_LIMITS__CLIENT_PER_SECOND: '5' });
  world.clock.hold();
  const [one, two] = [
    await world.addClient('one', serviceMetadata),
    await world.addClient('two', serviceMetadata),
  ];
  const ask = ({ client, secret }: typeof one) => askToken(world, client.id, secret, '192.0.2.1');
  for (let round = 0; round < 5; round += 1) assert.equal((await ask(one)).status, 200);
  const refused = await ask(one);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.equal((await ask(two)).status, 200);
  world.clock.advance(1);
  assert.equal((await ask(one)).status, 200);
  await world.close();
});

async function failLogin(visitor: Visitor, username: string): Promise<Response> {
  const page = await visitor.follow(await visitor.get('/account'));
  const text = await page.text();
  const field = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? '';
  return visitor.post('/login', {
    interaction: field('interaction'),
    csrf: field('csrf'),
    username,
    password: 'not the right password',
  });
}

test('sign-in is limited alike for an account that does not exist, with Retry-After (decision 8, SPN-18)', async () => {
  const world = await openHarness(limited);
  // Hashing takes its time, and the buckets must not fill meanwhile.
  world.clock.hold();
  await world.addUser('ada');
  const statusesOf = async (username: string): Promise<readonly (readonly [number, boolean])[]> => {
    const visitor = createFlow(world).visitor();
    const statuses: [number, boolean][] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      const response = await failLogin(visitor, username);
      statuses.push([response.status, response.headers.has('retry-after')]);
    }
    return statuses;
  };
  const known = await statusesOf('ada');
  world.clock.advance(60);
  const unknown = await statusesOf('nobody');
  assert.deepEqual(unknown, known);
  assert.deepEqual(
    known.slice(0, 10).map(([status]) => status),
    Array(10).fill(401),
  );
  assert.deepEqual(known.slice(10), [
    [429, true],
    [429, true],
  ]);
  await world.close();
});

test('a sign-in that succeeds is refunded (decision 8, SPN-18)', async () => {
  const world = await openHarness(limited);
  await world.addUser('ada');
  for (let round = 0; round < 15; round += 1) {
    const visitor = createFlow(world).visitor();
    const page = await visitor.signIn(await visitor.follow(await visitor.get('/account')), 'ada');
    assert.equal(page.status, 200, `round ${round}`);
  }
  await world.close();
});

test('the setting rateLimits.enabled: false switches every brake off (SPN-18)', async () => {
  const world = await openHarness({ COUNTERSIGN_RATE_LIMITS__CLIENT_PER_SECOND: '1' });
  const { client, secret } = await world.addClient('free', serviceMetadata);
  for (let attempt = 0; attempt < 30; attempt += 1) {
    assert.equal((await askToken(world, 'nobody', 'wrong', '192.0.2.1')).status, 401);
    assert.equal((await askToken(world, client.id, secret, '192.0.2.1')).status, 200);
  }
  await world.close();
});

test('identity_rate_limit_blocks_total counts refusals by route (SPN-18)', async () => {
  const read = async (): Promise<number> => {
    const { values } = await harness.metrics.rateLimitBlocks.get();
    return values.find(({ labels }) => labels.route === 'token')?.value ?? 0;
  };
  const before = await read();
  const peer = newPeer();
  await exhaust('nobody', peer);
  await askToken(harness, 'nobody', 'wrong', peer);
  assert.equal(await read(), before + 2);
});

test('when the store cannot answer, a failed authentication is 503 and no free guess (SPN-1, SPN-18)', async () => {
  const world = await openHarness(limited);
  await world.addClient('svc', serviceMetadata);
  assert.equal((await askToken(world, 'svc', 'wrong', '192.0.2.1')).status, 401);
  await world.store.close();
  assert.equal((await askToken(world, 'svc', 'wrong', '192.0.2.1')).status, 503);
  await world.close();
});

test('no address and no account is in the log of refusals (SPN-18)', async () => {
  assert.equal(harness.logged.join('').includes('198.51.100.'), false);
});
