/** What tests of logout share: a client that may be returned to, and a browser signed in for it. */
import assert from 'node:assert/strict';
import {
  answerOf,
  type Client,
  createFlow,
  encode,
  type Flow,
  type Parameters,
  type Person,
  requestOf,
  type TokenBody,
  type Visitor,
  webClient,
} from '../authorize/flow.test-support.ts';
import type { TenantRecord } from '../storage/ports.ts';
import type { Harness } from '../testing/harness.ts';

export const returnUri = 'https://app.example/post_logout_redirect';
export const returningClient = { ...webClient, post_logout_redirect_uris: [returnUri] };

export interface SignedIn {
  readonly browser: Visitor;
  readonly person: Person;
  readonly tokens: TokenBody;
}

export interface LogoutWorld {
  readonly flow: Flow;
  /** A person signed in for `client` in a browser of their own. */
  signIn(client: Client, changes?: Parameters): Promise<SignedIn>;
  /** What `prompt=none` says in this browser. */
  isSignedIn(browser: Visitor, client: Client): Promise<boolean>;
}

export function createLogoutWorld(harness: Harness): LogoutWorld {
  const flow = createFlow(harness);
  const basePathOf = ({ record }: Client): string =>
    record.tenant === 'default' ? '' : `/t/${record.tenant}`;
  return {
    flow,
    async signIn(client, changes) {
      const tenant = (await harness.store.tenants.find(client.record.tenant)) as TenantRecord;
      const person = await flow.person(tenant);
      const browser = flow.visitor(basePathOf(client));
      browser.takeCookie(person.cookie);
      const code = await flow.code(client, person, changes);
      const { body } = await flow.token(
        client,
        {
          grant_type: 'authorization_code',
          code,
          redirect_uri: 'https://app.example/cb',
          code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
        },
        basePathOf(client),
      );
      assert.ok(body.id_token);
      return { browser, person, tokens: body };
    },
    async isSignedIn(browser, client) {
      const query = encode(requestOf(client.id, { prompt: 'none' }));
      const answer = answerOf(await browser.get(`${basePathOf(client)}/oauth2/authorize?${query}`));
      assert.ok(answer.code !== undefined || answer.error === 'login_required', JSON.stringify(answer));
      return answer.code !== undefined;
    },
  };
}

export function requestLogout(
  browser: Visitor,
  parameters: Parameters = {},
  basePath = '',
): Promise<Response> {
  return browser.get(`${basePath}/oauth2/logout?${encode(parameters)}`);
}

/** Presses a button of the page that asks, as it was shown. */
export async function decide(
  browser: Visitor,
  page: string,
  decision: 'sign-out' | 'stay',
  basePath = '',
): Promise<Response> {
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
  return browser.post(`${basePath}/oauth2/logout/confirm`, {
    ...Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')])),
    decision,
  });
}

/** The text of a page that asks whether to sign out; throws when it is another answer. */
export async function questionOf(response: Response): Promise<string> {
  const page = await response.text();
  assert.equal(response.status, 200, page.slice(0, 500));
  assert.match(page, /<h1>Sign out<\/h1>/);
  return page;
}

/** Asserts that this is the page of somebody who is signed out, and no redirect. */
export async function assertSignedOutPage(response: Response): Promise<string> {
  const page = await response.text();
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('location'), null);
  assert.match(page, /<h1>You are signed out<\/h1>/);
  return page;
}
