/** Pairwise subject identifiers, from the outside: whatever a client sees of a person, it sees under its own `sub`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeJws, joinJws } from '@countersign/protocol/jose';
import {
  answerOf,
  type Client,
  createFlow,
  type Flow,
  type Parameters,
  type Person,
  readJwt,
  redirectUri,
  requestOf,
  webClient,
} from './authorize/flow.test-support.ts';
import { type Harness, openHarness, serviceMetadata } from './testing/harness.ts';

const scope = 'openid email offline_access';
const pairwise = { ...webClient, subject_type: 'pairwise' };

let harness: Harness;
let flow: Flow;
let person: Person;
let web: Client;
let sister: Client;

before(async () => {
  harness = await openHarness();
  flow = createFlow(harness);
  person = await flow.person();
  web = await flow.client(pairwise);
  sister = await flow.client({ ...pairwise, access_token_format: 'opaque' });
});
after(() => harness.close());

const userinfo = (token: string) =>
  harness.fetch('/oauth2/userinfo', { headers: { authorization: `Bearer ${token}` } });
const subOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { readonly sub?: unknown }).sub;
const introspect = (client: Client, token: string) =>
  harness.post('/oauth2/introspect', { token }, { client });

/** Everything that one client is told about who a person is. */
async function everySub(client: Client, who: Person): Promise<readonly unknown[]> {
  const first = await flow.tokens(client, who, { scope });
  const { body: second } = await flow.refresh(client, first.refresh_token);
  const subs: unknown[] = [];
  for (const { id_token, access_token, refresh_token } of [first, second]) {
    subs.push(readJwt(id_token).claims.sub);
    if (access_token.startsWith('ey')) subs.push(readJwt(access_token).claims.sub);
    subs.push(await subOf(await userinfo(access_token)));
    subs.push(await subOf(await introspect(client, access_token)));
    if (refresh_token !== first.refresh_token)
      subs.push(await subOf(await introspect(client, refresh_token)));
  }
  return subs;
}

test('a pairwise client sees one sub everywhere: ID token, access token, userinfo, introspection, refresh; a client of its sector the same one (OpenID Connect Core §8)', async () => {
  const [mine, hers] = [await everySub(web, person), await everySub(sister, person)];
  assert.equal(mine.length, 9);
  assert.equal(hers.length, 7);
  assert.equal(new Set([...mine, ...hers]).size, 1);
  assert.match(String(mine[0]), /^[0-9A-Za-z]{43}$/);
  assert.notEqual(mine[0], person.subject.id);
});

test('no answer to a pairwise client holds the subject id (OpenID Connect Core §8)', async () => {
  for (const client of [web, sister]) {
    const { id_token, access_token, refresh_token } = await flow.tokens(client, person, { scope });
    const told = [
      readJwt(id_token).claims,
      access_token.startsWith('ey') ? readJwt(access_token).claims : {},
      await (await userinfo(access_token)).json(),
      await (await introspect(client, access_token)).json(),
      await (await introspect(client, refresh_token)).json(),
      refresh_token,
    ];
    assert.equal(JSON.stringify(told).includes(person.subject.id), false);
  }
});

test('clients of two sectors know a person by different identifiers, two people are never one, and a public client knows the subject id (OpenID Connect Core §8.1)', async () => {
  const other = await flow
    .client({ ...pairwise, redirect_uris: ['https://other.example/cb', redirectUri] })
    .catch((error: unknown) => error);
  assert.match(String(other), /sector_identifier_uri/);
  const abroad = await flow.client({ ...pairwise, redirect_uris: ['https://other.example/cb'] });
  const open = await flow.client(webClient);
  const subs = await harness.store.pairwiseSubjects.listBySubject('default', person.subject.id);
  assert.deepEqual(
    subs.map(({ sector }) => sector),
    ['app.example'],
  );
  const sub = readJwt((await flow.tokens(web, person)).id_token).claims.sub;
  const another = await flow.person();
  assert.notEqual(readJwt((await flow.tokens(web, another)).id_token).claims.sub, sub);
  const redirect_uri = 'https://other.example/cb';
  const response = await flow.authorize(requestOf(abroad.id, { redirect_uri }), { cookie: person.cookie });
  const { code = '' } = answerOf(response, redirect_uri);
  const answer = await flow.redeem(abroad, code, { redirect_uri });
  const theirs = readJwt(answer.body.id_token).claims.sub;
  assert.match(String(theirs), /^[0-9A-Za-z]{43}$/);
  assert.notEqual(theirs, sub);
  assert.equal(readJwt((await flow.tokens(open, person)).id_token).claims.sub, person.subject.id);
});

test('a client’s own token names the client as ever (RFC 9068 §2.2, OpenID Connect Core §8)', async () => {
  const robot = await flow.client({
    ...serviceMetadata,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'client_credentials'],
    response_types: ['code'],
    subject_type: 'pairwise',
  });
  const { body } = await flow.token(robot, { grant_type: 'client_credentials' });
  assert.equal(readJwt(body.access_token).claims.sub, robot.record.subject);
  assert.ok(await flow.isActive(robot, body.access_token));
});

test('a resource server that introspects sees the sub that the token’s client sees (RFC 7662 §2.2, OpenID Connect Core §8)', async () => {
  const api = 'https://api.example';
  const reader = await flow.client({ ...pairwise, audiences: [api] });
  const resource = await flow.client({ ...serviceMetadata, audiences: [api] });
  const { access_token, id_token } = await flow.tokens(reader, person, { scope });
  assert.equal(await subOf(await introspect(resource, access_token)), readJwt(id_token).claims.sub);
});

test('tokens of a disabled person die at once though they bear a pairwise sub, JWT and opaque (SPN-1, OpenID Connect Core §8)', async () => {
  for (const client of [web, sister]) {
    const gone = await flow.person();
    const { access_token, refresh_token } = await flow.tokens(client, gone, { scope });
    assert.ok(await flow.isActive(client, access_token));
    const { id, tenant } = gone.subject;
    const now = harness.clock.now();
    const revocation = { tenant, kind: 'subject' as const, id, revokedAt: now, expiresAt: now + 600 };
    await harness.store.subjects.disable(tenant, id, revocation, {});
    assert.equal(await flow.isActive(client, access_token), false);
    assert.equal(await flow.isActive(client, refresh_token), false);
    assert.equal((await userinfo(access_token)).status, 401);
    // Enabled again, what was revoked by subject stays so: it is found by the real subject.
    await harness.store.subjects.enable(tenant, id, now, {});
    assert.equal(await flow.isActive(client, access_token), false);
  }
});

test('tokens of an erased person die, and the identifier is never given again (OpenID Connect Core §8.1)', async () => {
  const gone = await flow.person();
  const { access_token } = await flow.tokens(web, gone, { scope });
  const { id, tenant } = gone.subject;
  const now = harness.clock.now();
  const revocation = { tenant, kind: 'subject' as const, id, revokedAt: now, expiresAt: now + 600 };
  await harness.store.subjects.remove(tenant, id, revocation, {});
  assert.equal(await flow.isActive(web, access_token), false);
  assert.deepEqual(await harness.store.pairwiseSubjects.listBySubject(tenant, id), []);
});

test('a token of ours that names another sector’s identifier, or the subject id itself, is not accepted (OpenID Connect Core §8)', async () => {
  const abroad = await flow.client({ ...pairwise, redirect_uris: ['https://abroad.example/cb'] });
  const good = readJwt((await flow.tokens(web, person, { scope })).access_token);
  const key = await harness.app.keys.signingKey('default', 'ES256');
  const signed = async (claims: Readonly<Record<string, unknown>>): Promise<string> => {
    const header = { ...good.header, kid: key.kid, alg: 'ES256' } as const;
    const { signingInput } = encodeJws(header, { ...good.claims, ...claims });
    return joinJws(signingInput, await key.sign(signingInput));
  };
  assert.ok(await flow.isActive(web, await signed({})));
  assert.equal(await flow.isActive(abroad, await signed({ client_id: abroad.id })), false);
  assert.equal(await flow.isActive(web, await signed({ sub: person.subject.id })), false);
});

test('what is written about a pairwise client’s tokens names the subject itself: audit and revocation (SPN-5, OpenID Connect Core §8)', async () => {
  const { access_token } = await flow.tokens(web, person, { scope });
  const [issued] = await flow.audited('token.issued');
  assert.equal(issued?.target?.id, person.subject.id);
  await harness.post('/oauth2/revoke', { token: access_token }, { client: web });
  assert.equal(await flow.isActive(web, access_token), false);
  const [revoked] = await flow.audited('token.revoked');
  assert.equal(revoked?.details.subject, person.subject.id);
});

test('when a client changes its sector, tokens from before say nothing any more, and a refresh brings the new identifier (OpenID Connect Core §8.1)', async () => {
  const moving = await flow.client(pairwise);
  const { access_token, refresh_token, id_token } = await flow.tokens(moving, person, { scope });
  const { record } = moving;
  const redirectUris = ['https://moved.example/cb'];
  const metadata = { ...record.metadata, redirectUris };
  await harness.store.clients.replace({ ...record, metadata, version: 2 }, 1, {});
  assert.equal(await flow.isActive(moving, access_token), false);
  const { body } = await flow.refresh(moving, refresh_token);
  assert.notEqual(readJwt(body.id_token).claims.sub, readJwt(id_token).claims.sub);
  assert.ok(await flow.isActive(moving, body.access_token));
});

test('id_token_hint and a requested value of sub name the person by the pairwise sub, and no other name does (OpenID Connect Core §3.1.2.2, §5.5.1, §8)', async () => {
  const { id_token } = await flow.tokens(web, person);
  const sub = String(readJwt(id_token).claims.sub);
  const other = await flow.person();
  const wants = (value: string) => JSON.stringify({ id_token: { sub: { value } } });
  const ask = async (who: Person, changes: Parameters): Promise<Readonly<Record<string, string>>> =>
    answerOf(await flow.authorize(requestOf(web.id, { prompt: 'none', ...changes }), { cookie: who.cookie }));
  assert.ok((await ask(person, { id_token_hint: id_token })).code);
  assert.ok((await ask(person, { claims: wants(sub) })).code);
  for (const [who, changes] of [
    [other, { id_token_hint: id_token }],
    [other, { claims: wants(sub) }],
    [person, { claims: wants(person.subject.id) }],
    [person, { claims: wants('') }],
  ] as const) {
    const { code, error } = await ask(who, changes);
    assert.deepEqual([code, error], [undefined, 'login_required']);
  }
  // Nobody asked for an identifier of the other person yet, and looking made none.
  assert.deepEqual(await harness.store.pairwiseSubjects.listBySubject('default', other.subject.id), []);
});
