import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openHarness, serviceMetadata } from './harness.ts';

test('a client gets a token for itself and sees it active (RFC 6749 §4.4, SPN-4)', async () => {
  const harness = await openHarness();
  try {
    const { client, secret } = await harness.addClient('svc', serviceMetadata);
    const answer = await harness.post(
      '/oauth2/token',
      { grant_type: 'client_credentials' },
      { client: { id: client.id, secret } },
    );
    assert.equal(answer.status, 200);
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const seen = await harness.post('/oauth2/introspect', { token }, { client: { id: client.id, secret } });
    assert.equal(((await seen.json()) as { active: boolean }).active, true);
  } finally {
    await harness.close();
  }
});
