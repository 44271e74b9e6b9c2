import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessTokenClaims } from '@countersign/protocol';
import { openHarness, serviceMetadata } from '../testing/harness.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

const entry = { tenant: 'default', issuer: 'https://as.example', kid: 'k', claims: {} as AccessTokenClaims };

test('remembers a bounded number of verified tokens and forgets the oldest (ACC-3)', () => {
  const tokens = createVerifiedTokens(2);
  for (const token of ['a', 'b', 'c']) tokens.remember(token, entry);
  assert.equal(tokens.find('a'), undefined);
  assert.equal(tokens.find('b'), entry);
  assert.equal(tokens.find('c'), entry);
});

test('a token seen before is still refused when it has expired, was revoked, or comes to another tenant (SPN-4)', async () => {
  const harness = await openHarness();
  try {
    const { client, secret } = await harness.addClient('svc', serviceMetadata);
    const acme = await harness.addTenant({ id: 'acme' });
    const foreign = await harness.addClient('svc', serviceMetadata, acme);
    const own = { client: { id: client.id, secret } };
    const issue = async (): Promise<string> => {
      const answer = await harness.post('/oauth2/token', { grant_type: 'client_credentials' }, own);
      return ((await answer.json()) as { access_token: string }).access_token;
    };
    const isActive = async (
      token: string,
      path = '/oauth2/introspect',
      options: object = own,
    ): Promise<boolean> =>
      ((await (await harness.post(path, { token }, options)).json()) as { active: boolean }).active;
    const [revoked, expiring] = [await issue(), await issue()];
    assert.deepEqual([await isActive(revoked), await isActive(revoked)], [true, true]);
    await harness.post('/oauth2/revoke', { token: revoked }, own);
    assert.equal(await isActive(revoked), false);
    assert.equal(await isActive(expiring), true);
    const atAcme = { client: { id: 'svc', secret: foreign.secret } };
    assert.equal(await isActive(expiring, '/t/acme/oauth2/introspect', atAcme), false);
    harness.clock.advance(300);
    assert.equal(await isActive(expiring), false);
  } finally {
    await harness.close();
  }
});
