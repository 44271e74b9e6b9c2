/** The code flow as an application and a person do it: pushed, with PKCE, state and nonce. */
import { createHash } from 'node:crypto';
import { systemRandom } from '../../system.ts';
import { describeLanding, type Landing } from './browser.ts';
import { type Answer, describeAnswer, textOf } from './http.ts';
import { StepFailure } from './step.ts';
import { redirectUri, type World } from './world.ts';

export interface Pushed {
  /** Where the browser is sent. */
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export async function push(
  { issuer, http, clients }: World,
  changes: Readonly<Record<string, string>> = {},
): Promise<Pushed> {
  const [state, nonce, verifier] = [systemRandom.token(16), systemRandom.token(16), systemRandom.token(32)];
  const pushed = await http.post(
    `${issuer}/oauth2/par`,
    {
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid profile email offline_access',
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      prompt: 'consent',
      ...changes,
    },
    clients.web,
  );
  if (pushed.status !== 201) throw new StepFailure('the request is pushed', describeAnswer(pushed));
  const query = new URLSearchParams({
    client_id: clients.web.id,
    request_uri: textOf(pushed, 'request_uri'),
  });
  return { url: `${issuer}/oauth2/authorize?${query}`, state, nonce, verifier };
}

/** Signs in and allows wherever that is asked, until the application or a page of another kind is reached. */
export async function passPages({ browser, person }: World, from: Landing): Promise<Landing> {
  let landing = from;
  for (let pages = 0; pages < 4; pages += 1) {
    const { page } = landing;
    if (page?.url.pathname === '/login') {
      landing = await browser.submit(page, { username: person.username, password: person.password });
    } else if (page?.url.pathname === '/consent') {
      landing = await browser.submit(page, { decision: 'allow' });
    } else {
      return landing;
    }
  }
  throw new StepFailure('the person is let through', describeLanding(landing));
}

/** The parameters that the application is handed. */
export function returned(landing: Landing): Readonly<Record<string, string>> {
  if (landing.left === undefined || !landing.left.href.startsWith(redirectUri)) {
    throw new StepFailure('the person comes back to the application', describeLanding(landing));
  }
  return Object.fromEntries(landing.left.searchParams);
}

export function redeem(
  { issuer, http, clients }: World,
  code: string | undefined,
  verifier: string,
): Promise<Answer> {
  const form = {
    grant_type: 'authorization_code',
    code: code ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  return http.post(`${issuer}/oauth2/token`, form, clients.web);
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
}

/** A grant of its own, for a step about what comes after. */
export async function signIn(world: World): Promise<Tokens & { readonly nonce: string }> {
  const pushed = await push(world);
  const { code } = returned(await passPages(world, await world.browser.open(pushed.url)));
  const answer = await redeem(world, code, pushed.verifier);
  if (answer.status !== 200) throw new StepFailure('the code gives tokens', describeAnswer(answer));
  return { ...tokensOf(answer), nonce: pushed.nonce };
}

export function tokensOf(answer: Answer): Tokens {
  return {
    accessToken: textOf(answer, 'access_token'),
    refreshToken: textOf(answer, 'refresh_token'),
    idToken: textOf(answer, 'id_token'),
  };
}

export function refresh(
  { issuer, http, clients }: World,
  token: string,
  client = clients.web,
): Promise<Answer> {
  return http.post(`${issuer}/oauth2/token`, { grant_type: 'refresh_token', refresh_token: token }, client);
}

/** What introspection says of a token to the client that it was issued to. */
export async function isActive(
  { issuer, http, clients }: World,
  token: string,
  client = clients.web,
): Promise<boolean> {
  const { status, body } = await http.post(`${issuer}/oauth2/introspect`, { token }, client);
  return status === 200 && body.active === true;
}
