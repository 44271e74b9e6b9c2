/**
 * Every JWT that is made or taken here, at every place that takes one: only the right type, audience and issuer passes. Nothing is
 * forged in the first table; in the second the tenant's own key signs what the tenant would not.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readJwt } from './authorize/flow.test-support.ts';
import {
  createWorld,
  type Kind,
  kinds,
  type Place,
  passes,
  places,
  requestObject,
  type World,
} from './cross-jwt.test-support.ts';
import { type Harness, openHarness, testIssuer } from './testing/harness.ts';

let harness: Harness;
let world: World;

before(async () => {
  harness = await openHarness({ COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8' });
  await harness.addTenant({ id: 'acme' });
  world = await createWorld(harness);
});
after(async () => {
  world.published.close();
  await harness.close();
});

const kindNames = Object.keys(kinds) as readonly Kind[];
const placeNames = Object.keys(places) as readonly Place[];

for (const kind of kindNames) {
  const own = passes[kind] ?? [];
  test(`a JWT of the kind ${kind} passes ${own.length === 0 ? 'at no place that takes a token' : `as ${own.join(', as ')}, and at no other place that takes a token`} (RFC 8725 §3.11, §3.12, attack 1)`, async () => {
    for (const place of placeNames) {
      // Anew each time: some places spend what they take, or end the session.
      const visit = await world.visit();
      const jwt = await kinds[kind](harness, world, visit);
      assert.ok([3, 5].includes(jwt.split('.').length));
      assert.equal(
        await places[place](harness, world, visit, jwt),
        own.includes(place),
        `${kind} as ${place}`,
      );
    }
  });
}

/** All types of this server, those of others, and none. */
const types: readonly (string | undefined)[] = [
  ...['at+jwt', 'JWT', 'logout+jwt', 'token-introspection+jwt', 'oauth-authz-req+jwt'],
  ...['secevent+jwt', 'dpop+jwt', 'client-authentication+jwt', 'entity-statement+jwt', 'jwt-at', ''],
  undefined,
];

/** Signed by the tenant's own key, with the right claims: the type alone decides. */
const typed: readonly (readonly [Kind, readonly Place[], readonly (string | undefined)[]])[] = [
  ['access token', passes['access token'] ?? [], ['at+jwt']],
  ['ID token', passes['ID token'] ?? [], ['JWT', undefined]],
];
for (const [kind, own, right] of typed) {
  test(`the claims of an ${kind} under another typ, signed by our own key, pass nowhere (RFC 8725 §3.11, RFC 9068 §4, OpenID Connect Core §16.11, attack 1)`, async () => {
    for (const typ of types) {
      for (const place of own) {
        const visit = await world.visit();
        const { claims } = readJwt(await kinds[kind](harness, world, visit));
        const jwt = await world.forge(claims, typ);
        const isTaken = await places[place](harness, world, visit, jwt);
        assert.equal(isTaken, right.includes(typ), `typ ${typ} as ${place}`);
      }
    }
  });
}

test('a client assertion under the typ of another kind, signed by its own key, authenticates nobody (RFC 8725 §3.11, attack 1)', async () => {
  const right = ['JWT', 'client-authentication+jwt', undefined];
  for (const typ of types) {
    const visit = await world.visit();
    const jwt = await world.robot.assertion({}, { typ });
    const isTaken = await places['client_assertion at token'](harness, world, visit, jwt);
    assert.equal(isTaken, right.includes(typ), `typ ${typ}`);
  }
});

test('a request object under the typ of another kind is no request, by value, pushed or by reference (RFC 9101 §10.8, RFC 8725 §3.11, attack 1)', async () => {
  const right = ['oauth-authz-req+jwt', 'JWT', undefined];
  for (const typ of types) {
    for (const place of passes['request object'] ?? []) {
      const visit = await world.visit();
      const jwt = await requestObject(world.robot, typ);
      assert.equal(
        await places[place](harness, world, visit, jwt),
        right.includes(typ),
        `typ ${typ} as ${place}`,
      );
    }
  }
});

test('a request object for another audience or in another name is no request (RFC 9101 §4, attack 1, attack 2)', async () => {
  for (const claims of [
    { aud: `${testIssuer}/t/acme` },
    { aud: `${testIssuer}/` },
    { aud: [] },
    { iss: testIssuer },
    { client_id: 'someone-else' },
    { client_id: undefined },
    { sub: world.robot.id },
  ]) {
    for (const place of passes['request object'] ?? []) {
      const visit = await world.visit();
      const jwt = await requestObject(world.robot, 'oauth-authz-req+jwt', claims);
      const isTaken = await places[place](harness, world, visit, jwt);
      assert.equal(isTaken, false, `${JSON.stringify(claims)} as ${place}`);
    }
  }
});

test('a software statement under the typ of another kind, or for another server, says nothing (RFC 7591 §2.3, RFC 8725 §3.11, attack 1)', async () => {
  const place = places['software_statement at registration'];
  const visit = await world.visit();
  for (const typ of types.filter((each) => each !== undefined)) {
    assert.equal(await place(harness, world, visit, await world.statement({}, typ)), typ === 'JWT', typ);
  }
  for (const aud of ['https://as.example', `${testIssuer}/t/acme`, world.robot.id]) {
    assert.equal(await place(harness, world, visit, await world.statement({ aud })), false, aud);
  }
});

const otherIssuers = [
  `${testIssuer}/`,
  `${testIssuer}/t/acme`,
  'https://as.example',
  testIssuer.toUpperCase(),
  '',
  undefined,
];

test('one of our own tokens under another issuer passes nowhere, though our key signed it (RFC 9068 §4, RFC 8725 §3.8, attack 1, attack 2)', async () => {
  for (const [kind, typ] of [
    ['access token', 'at+jwt'],
    ['ID token', 'JWT'],
  ] as const) {
    for (const place of passes[kind] ?? []) {
      for (const iss of otherIssuers) {
        const visit = await world.visit();
        const { claims } = readJwt(await kinds[kind](harness, world, visit));
        const jwt = await world.forge({ ...claims, iss }, typ);
        assert.equal(await places[place](harness, world, visit, jwt), false, `${kind} of ${iss} as ${place}`);
      }
    }
  }
});

test('one of our own tokens for another audience passes nowhere that asks for one (RFC 9068 §4, RFC 8725 §3.9, attack 1)', async () => {
  const audiences: readonly (readonly [Kind, string, readonly Place[], readonly unknown[]])[] = [
    [
      'access token',
      'at+jwt',
      ['userinfo, header', 'userinfo, form', 'introspection, header'],
      ['https://api.example', `${testIssuer}/`, `${testIssuer}/t/acme`, [], undefined, world.robot.id],
    ],
    [
      'ID token',
      'JWT',
      passes['ID token'] ?? [],
      ['nobody', testIssuer, [world.robot.id, 'other'], [], undefined, world.robot.id.toUpperCase()],
    ],
  ];
  for (const [kind, typ, own, wrong] of audiences) {
    for (const place of own) {
      for (const aud of wrong) {
        const visit = await world.visit();
        const { claims } = readJwt(await kinds[kind](harness, world, visit));
        const jwt = await world.forge({ ...claims, aud }, typ);
        const isTaken = await places[place](harness, world, visit, jwt);
        assert.equal(isTaken, false, `${kind} for ${JSON.stringify(aud)} as ${place}`);
      }
    }
  }
});

test('a client assertion for another audience or in another name authenticates nobody (RFC 7523 §3, attack 2)', async () => {
  const wrong: readonly Record<string, unknown>[] = [
    ...[
      `${testIssuer}/`,
      `${testIssuer}/t/acme`,
      `${testIssuer}/oauth2/par`,
      'https://as.example',
      [],
      undefined,
    ].map((aud) => ({ aud })),
    { aud: [testIssuer, 'https://other.example'] },
    { iss: testIssuer },
    { sub: 'someone-else' },
    { iss: 'someone-else', sub: 'someone-else' },
  ];
  for (const claims of wrong) {
    const visit = await world.visit();
    const jwt = await world.robot.assertion(claims);
    const isTaken = await places['client_assertion at token'](harness, world, visit, jwt);
    assert.equal(isTaken, false, JSON.stringify(claims));
  }
});

test('a token of one tenant passes at no place of another, also under the same client id (RFC 8725 §3.8, attack 9)', async () => {
  const acme = await harness.store.tenants.find('acme');
  assert.ok(acme);
  await harness.addClient(
    'robot',
    { grant_types: ['client_credentials'], scope: 'x', default_scope: 'x' },
    acme,
  );
  const visit = await world.visit();
  const { access_token: token } = visit.tokens;
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await harness.fetch('/t/acme/oauth2/userinfo', { headers })).status, 401);
  const response = await harness.post('/t/acme/oauth2/introspect', { token: 'x' }, { headers });
  assert.equal(response.status, 401);
});
