/** Claims about a person that were asked for by name: in the ID token and at userinfo, and nowhere else. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createFlow, readJwt, type TokenBody, webClient } from '../authorize/flow.test-support.ts';
import { openHarness } from '../testing/harness.ts';

const harness = await openHarness();
after(() => harness.close());
const flow = createFlow(harness);
const client = await flow.client({ ...webClient, scope: 'openid profile email offline_access' });
const ada = await flow.person();
const email = ada.subject.email ?? '';

interface Told {
  readonly idToken: Record<string, unknown>;
  readonly accessToken: Record<string, unknown>;
  readonly userinfo: Record<string, unknown>;
  readonly refreshToken: string;
}

async function tell(tokens: TokenBody): Promise<Told> {
  const authorization = `Bearer ${tokens.access_token}`;
  const answer = await harness.fetch('/oauth2/userinfo', { headers: { authorization } });
  return {
    idToken: readJwt(tokens.id_token).claims,
    accessToken: readJwt(tokens.access_token).claims,
    userinfo: (await answer.json()) as Record<string, unknown>,
    refreshToken: tokens.refresh_token,
  };
}

async function told(claims: unknown, scope = 'openid'): Promise<Told> {
  const tokens = await flow.tokens(client, ada, { scope, claims: JSON.stringify(claims) });
  return tell(tokens);
}

test('a claim asked for by name comes where it was asked for, essential or not, and not in the other place (OpenID Connect Core §5.5)', async () => {
  const one = await told({ id_token: { email: null }, userinfo: { name: { essential: true } } });
  assert.equal(one.idToken.email, email);
  assert.equal(one.idToken.name, undefined);
  assert.equal(one.userinfo.name, ada.subject.profile.name);
  assert.equal(one.userinfo.email, undefined);
});

test('what is not known, not registered, or a claim of the protocol, is left out and fails nothing (OpenID Connect Core §5.5.1)', async () => {
  const asked = {
    phone_number: { essential: true },
    birthdate: null,
    shoe_size: null,
    cnf: null,
    aud: { value: 'x' },
  };
  const { idToken, userinfo, accessToken } = await told({ id_token: asked, userinfo: asked });
  for (const name of ['phone_number', 'birthdate', 'shoe_size', 'cnf']) {
    assert.equal(idToken[name], undefined, name);
    assert.equal(userinfo[name], undefined, name);
  }
  assert.equal(idToken.aud, client.id);
  assert.equal(accessToken.userinfo_claims, undefined);
});

test('a claim that is wanted with a value comes if it has that value, or one of the values (OpenID Connect Core §5.5.1)', async () => {
  for (const [how, comes] of [
    [{ value: email }, true],
    [{ values: ['other@example.org', email] }, true],
    [{ value: 'other@example.org' }, false],
    [{ values: ['other@example.org'] }, false],
    [{ value: { of: 'another type' } }, false],
  ] as const) {
    const { idToken, userinfo } = await told({ id_token: { email: how }, userinfo: { email: how } });
    assert.equal(idToken.email, comes ? email : undefined, JSON.stringify(how));
    assert.equal(userinfo.email, comes ? email : undefined, JSON.stringify(how));
  }
});

test('a language tag is no error, and the one language there is comes without it (OpenID Connect Core §5.2)', async () => {
  const { userinfo } = await told({ userinfo: { 'name#ja-Kana-JP': null } });
  assert.equal(userinfo.name, ada.subject.profile.name);
  assert.equal(userinfo['name#ja-Kana-JP'], undefined);
});

test('the access token carries names and no value (OpenID Connect Core §5.5)', async () => {
  const { accessToken } = await told({ userinfo: { name: null, email: null } });
  assert.deepEqual(accessToken.userinfo_claims, ['name', 'email']);
  assert.ok(!JSON.stringify(accessToken).includes(email));
});

test('a refresh keeps the request, with the values of now, and without what was taken from the client (OpenID Connect Core §12.2)', async () => {
  const both = { id_token: { email: null }, userinfo: { email: null, name: null } };
  const first = await told(both, 'openid offline_access');
  const again = async (token: string) => {
    const { body } = await flow.refresh(client, token);
    return tell(body);
  };
  const second = await again(first.refreshToken);
  assert.deepEqual([second.idToken.email, second.userinfo.email], [email, email]);
  const { record } = client;
  const metadata = { ...record.metadata, scope: ['openid', 'profile', 'offline_access'] };
  const changed = { ...record, metadata, version: record.version + 1 };
  assert.equal(await harness.store.clients.replace(changed, record.version, {}), 'replaced');
  const third = await again(second.refreshToken);
  assert.deepEqual([third.idToken.email, third.userinfo.email], [undefined, undefined]);
  assert.equal(third.userinfo.name, ada.subject.profile.name);
});

test('a request without the claims parameter carries nothing of it (OpenID Connect Core §5.4)', async () => {
  const tokens = await flow.tokens(client, ada, { scope: 'openid' });
  const { accessToken, userinfo } = await tell(tokens);
  assert.equal(accessToken.userinfo_claims, undefined);
  assert.deepEqual(Object.keys(userinfo), ['sub']);
});
