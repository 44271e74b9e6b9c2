import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestContext } from '../http/pages/context.test-support.ts';
import { createHelpRoutes } from './endpoint.ts';

const features = [
  'redirect_uri',
  'wildcard_redirect',
  'response_type',
  'response_mode',
  'pkce',
  'grant_type',
  'dynamic_registration',
];
const routes = createHelpRoutes();

test('every feature of the profile has its page (CAP-1)', () => {
  assert.deepEqual(
    routes.map(({ path }) => path).toSorted(),
    features.map((feature) => `/help/${feature}`).toSorted(),
  );
});

for (const language of ['en', 'de']) {
  test(`each page says what was refused, by which rule, what to change, and shows an example, in ${language} (CAP-1)`, async () => {
    for (const route of routes) {
      const request = new Request(`http://localhost:9400${route.path}`, {
        headers: { 'accept-language': language },
      });
      const response = await route.endpoint(request, createTestContext());
      const page = await response.text();
      assert.equal(response.status, 200);
      assert.equal([...page.matchAll(/<h2>/g)].length, 4, route.path);
      assert.match(page, /href="https:\/\/(?:www\.rfc-editor\.org|openid\.net)\//);
      assert.match(page, /<pre><code>[\s\S]+<\/code><\/pre>/);
      assert.ok(page.length < 20_000);
    }
  });
}

test("an example names the tenant's own issuer", async () => {
  const route = routes.find(({ path }) => path === '/help/response_mode');
  const page = await (
    await route?.endpoint(new Request('http://localhost:9400/'), createTestContext({}, 'acme'))
  )?.text();
  assert.match(page ?? '', /http:\/\/localhost:9400\/t\/acme\/\.well-known/);
});
