/** What tests of the device flow share: a device that asks and polls, and a person at `/device`. */
import {
  type Client,
  encode,
  type Flow,
  type Parameters as Form,
  type Visitor,
} from '../authorize/flow.test-support.ts';
import type { Harness } from '../testing/harness.ts';

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** A public client as a television or a command line is registered. */
export const deviceMetadata = {
  client_name: 'Harbour TV',
  grant_types: [deviceGrant, 'refresh_token'],
  response_types: [],
  scope: 'openid profile offline_access api:read',
  token_endpoint_auth_method: 'none',
  audiences: ['https://api.example/tv', 'https://api.example/radio'],
};

export interface Codes {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
  readonly error: string;
  readonly feature: string;
}

export interface AskOptions {
  readonly basePath?: string;
  readonly peer?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function createDevice(harness: Harness, flow: Flow) {
  async function ask(
    client: Pick<Client, 'id' | 'secret'>,
    form: Form = { scope: 'openid profile offline_access' },
    { basePath = '', peer = '203.0.113.7', headers = {} }: AskOptions = {},
  ): Promise<{ readonly response: Response; readonly body: Codes }> {
    const credentials =
      client.secret === null
        ? { form: { ...form, client_id: client.id }, headers: {} }
        : { form, headers: { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` } };
    const response = await harness.fetch(`${basePath}/oauth2/device_authorization`, {
      method: 'POST',
      peer,
      body: encode(credentials.form),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': 'Mozilla/5.0 (Linux; Android 14; BRAVIA) Chrome/150.0',
        ...credentials.headers,
        ...headers,
      },
    });
    return { response, body: (await response.json()) as Codes };
  }

  return {
    ask,

    /** Codes of a request that succeeded. */
    async codes(...args: Parameters<typeof ask>): Promise<Codes> {
      const { response, body } = await ask(...args);
      if (response.status !== 200) throw new Error(`no device code: ${response.status} ${body.error}`);
      return body;
    },

    poll: (client: Pick<Client, 'id' | 'secret'>, code: string, changes: Form = {}, basePath?: string) =>
      flow.token(client, { grant_type: deviceGrant, device_code: code, ...changes }, basePath),

    /** Enters the code and follows: to the sign-in page, the approval page, or the entry page again. */
    async enter(visitor: Visitor, userCode: string, basePath = ''): Promise<Response> {
      const page = await (await visitor.get(`${basePath}/device`)).text();
      const form = { csrf: hidden(page, 'csrf'), user_code: userCode };
      return visitor.follow(await visitor.post(`${basePath}/device`, form));
    },

    /** Presses a button of an approval page and follows. */
    async answer(visitor: Visitor, page: string, decision: string, basePath = ''): Promise<Response> {
      const form = { interaction: hidden(page, 'interaction'), csrf: hidden(page, 'csrf'), decision };
      return visitor.follow(await visitor.post(`${basePath}/device/confirm`, form));
    },

    /** From the code to the answer, by somebody who is signed in. */
    async decide(cookie: string, userCode: string, decision: 'allow' | 'deny' = 'allow', basePath = '') {
      const visitor = flow.visitor(basePath);
      visitor.takeCookie(cookie);
      const page = await (await this.enter(visitor, userCode, basePath)).text();
      return this.answer(visitor, page, decision, basePath);
    },
  };
}

/** The value of a hidden field; a page without it fails the test that looks. */
export function hidden(page: string, name: string): string {
  const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1];
  if (value === undefined) throw new Error(`no field ${name} on the page: ${/<h1>.*<\/h1>/.exec(page)?.[0]}`);
  return value;
}
