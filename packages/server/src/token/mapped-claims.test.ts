/** Claims of a client's own, from its registration to its tokens. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createFlow, readJwt, webClient } from '../authorize/flow.test-support.ts';
import { openHarness, serviceMetadata } from '../testing/harness.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const ada = await flow.person();
const claim_mappings = [
  { claim: 'plan', in: ['id_token', 'access_token'], fixed: 'gold' },
  { claim: 'centre', in: ['userinfo'], attribute: 'cost_centre' },
  { claim: 'mail_copy', in: ['userinfo'], scope: 'email', attribute: 'email' },
  { claim: 'roles', in: ['access_token', 'userinfo'], groups: { prefix: 'shop-', strip: true } },
];

test('each place has the claims of its mappings, of the person as they are now (OpenID Connect Core §5.1.2)', async () => {
  const { subject } = ada;
  const changed = { ...subject, attributes: { cost_centre: 'x7' }, version: subject.version + 1 };
  assert.equal(await harness.store.subjects.replace(changed, subject.version, {}), 'replaced');
  for (const name of ['shop-admin', 'staff']) {
    const group = {
      tenant: 'default',
      id: name,
      name,
      nameKey: name,
      parent: null,
      createdAt: 0,
      updatedAt: 0,
      version: 1,
    };
    assert.equal(await harness.store.groups.create(group, {}), 'created');
    const membership = { tenant: 'default', group: name, subject: subject.id, createdAt: 0 };
    assert.equal(await harness.store.groups.addMember(membership, 10, {}), 'added');
  }
  const client = await flow.client({ ...webClient, claim_mappings });
  const read = async (scope: string) => {
    const tokens = await flow.tokens(client, ada, { scope });
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const userinfo = (await (await harness.fetch('/oauth2/userinfo', { headers })).json()) as Record<
      string,
      unknown
    >;
    return {
      idToken: readJwt(tokens.id_token).claims,
      accessToken: readJwt(tokens.access_token).claims,
      userinfo,
    };
  };
  const one = await read('openid');
  assert.deepEqual([one.idToken.plan, one.idToken.roles, one.idToken.centre], ['gold', undefined, undefined]);
  assert.deepEqual([one.accessToken.plan, one.accessToken.roles], ['gold', ['admin']]);
  assert.deepEqual(
    [one.userinfo.centre, one.userinfo.roles, one.userinfo.mail_copy, one.userinfo.plan],
    ['x7', ['admin'], undefined, undefined],
  );
  assert.equal((await read('openid email')).userinfo.mail_copy, subject.email);
});

test('a mapping that speaks for the protocol is not registered (OpenID Connect Registration §3.3)', async () => {
  const bad = { ...webClient, claim_mappings: [{ claim: 'sub', in: ['id_token'], fixed: 'USR-other' }] };
  await assert.rejects(flow.client(bad), { code: 'invalid_metadata' });
});

test('a client without mappings has tokens without them (RFC 9068 §2.2)', async () => {
  const plain = await flow.client(webClient);
  const tokens = await flow.tokens(plain, ada, { scope: 'openid' });
  assert.equal(readJwt(tokens.access_token).claims.plan, undefined);
});

test('the claims of an access token are told at introspection, to its client and to its resource, of an opaque token too (RFC 7662 §2.2)', async () => {
  const api = 'https://api.example';
  const resource = await flow.client({ ...serviceMetadata, audiences: [api] });
  for (const access_token_format of ['jwt', 'opaque']) {
    const metadata = { ...webClient, claim_mappings, access_token_format, audiences: [api] };
    const client = await flow.client(metadata);
    const { access_token } = await flow.tokens(client, ada, { scope: 'openid', resource: api });
    for (const caller of [client, resource]) {
      const answer = await harness.post('/oauth2/introspect', { token: access_token }, { client: caller });
      const members = (await answer.json()) as Record<string, unknown>;
      assert.deepEqual([members.active, members.plan, members.centre], [true, 'gold', undefined]);
      assert.deepEqual(members.roles, ['admin']);
    }
  }
});

test('a client’s own token has its fixed claims and nothing of anybody (RFC 9068 §2.2)', async () => {
  const client = await flow.client({ ...serviceMetadata, claim_mappings });
  const answer = await flow.token(client, { grant_type: 'client_credentials' });
  const { claims } = readJwt(answer.body.access_token);
  assert.deepEqual([claims.plan, claims.roles], ['gold', undefined]);
});
