/** A person with a browser, as far as redirects, forms and cookies go. */
import { createHash, randomBytes } from 'node:crypto';
import type { Node } from './cluster.ts';

export interface TestClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

export interface Person {
  /** The Cookie header of the signed-in session. */
  cookie(): string;
  /** A code of a first-party client, ready to be redeemed once. */
  authorize(
    node: Node,
    client: TestClient,
    scope?: string,
  ): Promise<{ readonly code: string; readonly verifier: string }>;
  /** Enters the code of a device and allows it. */
  approveDevice(node: Node, userCode: string): Promise<void>;
}

export function basic(client: Pick<TestClient, 'id' | 'secret'>): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` };
}

export function newVerifier(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export function authorizePath(client: TestClient, challenge: string, scope: string): string {
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'x'.repeat(8),
  });
  return `/oauth2/authorize?${query}`;
}

export function createPerson(username: string, password: string): Person {
  const jar = new Map<string, string>();
  const cookie = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');

  async function visit(node: Node, path: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const answer = await fetch(`${node.url}${path}`, {
      redirect: 'manual',
      headers: { cookie: cookie() },
      ...(form !== undefined && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split('=', 2);
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  async function follow(node: Node, path: string): Promise<string> {
    let answer = await visit(node, path);
    for (let hop = 0; hop < 10; hop += 1) {
      const location = answer.headers.get('location');
      if (location !== null && !location.startsWith('/')) {
        await answer.text();
        return location;
      }
      if (location !== null) {
        await answer.text();
        answer = await visit(node, location);
        continue;
      }
      const page = await answer.text();
      const fields = hiddenFields(page);
      if (fields.interaction === undefined)
        throw new Error(`not a sign-in page (${answer.status}): ${page.slice(0, 2000)}`);
      answer = await visit(node, '/login', { ...fields, username, password });
    }
    throw new Error('too many redirects');
  }

  return {
    cookie,
    async authorize(node, client, scope = 'openid offline_access') {
      const { verifier, challenge } = newVerifier();
      const location = await follow(node, authorizePath(client, challenge, scope));
      const code = new URL(location).searchParams.get('code');
      if (code === null) throw new Error(`no code: ${location}`);
      return { code, verifier };
    },

    async approveDevice(node, userCode) {
      const entry = hiddenFields(await (await visit(node, '/device')).text());
      const begun = await visit(node, '/device', { ...entry, user_code: userCode });
      await begun.text();
      const confirm = begun.headers.get('location') ?? '';
      let question = await visit(node, confirm);
      const login = question.headers.get('location');
      if (login !== null) {
        await question.text();
        const form = hiddenFields(await (await visit(node, login)).text());
        await (await visit(node, '/login', { ...form, username, password })).text();
        question = await visit(node, confirm);
      }
      const page = await question.text();
      const done = await visit(node, '/device/confirm', { ...hiddenFields(page), decision: 'allow' });
      await done.text();
      if (!done.headers.get('location')?.startsWith('/device/done'))
        throw new Error(`the device was not approved (${done.status}): ${page.slice(0, 2000)}`);
    },
  };
}

function hiddenFields(page: string): Record<string, string> {
  const inputs = page.match(/<input[^>]*type="hidden"[^>]*>/g) ?? [];
  return Object.fromEntries(
    inputs.map((input) => [
      /name="([^"]*)"/.exec(input)?.[1] ?? '',
      /value="([^"]*)"/.exec(input)?.[1] ?? '',
    ]),
  );
}
