/** What one virtual user does: the next request, and whether the answer was right. One script per connection. */
import { hash, randomBytes } from 'node:crypto';
import type { Answer } from './http-connection.ts';
import type { CodeFlowPlan, FlowUser, Plan, RefreshPlan, RepeatPlan } from './job.ts';
import { formPost, get } from './requests.ts';

export interface Step {
  /** A whole unit of work is done. */
  readonly done: boolean;
  /** Worth a closer look afterwards. */
  readonly sample?: string;
}

export interface Script {
  request(): string;
  /** @throws {WrongAnswerError}; the script then starts its unit anew */
  accept(answer: Answer): Step;
  /** The refresh token that is current, if this script has one. */
  token(): string | undefined;
}

class WrongAnswerError extends Error {
  override readonly name = 'WrongAnswerError';

  constructor(what: string, answer: Answer) {
    super(`${what}: ${answer.status} ${answer.body.slice(0, 300)}`);
  }
}

export function createScript(plan: Plan, index: number, connections: number, port: number): Script {
  switch (plan.kind) {
    case 'repeat':
      return new RepeatScript(plan, index, connections);
    case 'code-flow':
      return new CodeFlowScript(plan, index, connections, port);
    case 'refresh':
      return new RefreshScript(plan, index, port);
  }
}

class RepeatScript implements Script {
  readonly #plan: RepeatPlan;
  #next: number;

  constructor(plan: RepeatPlan, index: number, connections: number) {
    this.#plan = plan;
    this.#next = Math.floor((plan.requests.length * index) / connections);
  }

  request(): string {
    const request = this.#plan.requests[this.#next] ?? '';
    this.#next = (this.#next + 1) % this.#plan.requests.length;
    return request;
  }

  accept(answer: Answer): Step {
    if (answer.status !== 200 || !answer.body.includes(this.#plan.contains)) {
      throw new WrongAnswerError(`no ${this.#plan.contains} in the answer`, answer);
    }
    return { done: true, sample: answer.body };
  }

  token(): undefined {
    return undefined;
  }
}

class RefreshScript implements Script {
  readonly #plan: RefreshPlan;
  readonly #port: number;
  #token: string;

  constructor(plan: RefreshPlan, index: number, port: number) {
    this.#plan = plan;
    this.#port = port;
    this.#token = plan.tokens[index] ?? '';
  }

  request(): string {
    const { clientId: id, clientSecret: secret } = this.#plan;
    const form = { grant_type: 'refresh_token', refresh_token: this.#token };
    return formPost('/oauth2/token', this.#port, form, { id, secret });
  }

  accept(answer: Answer): Step {
    const tokens = readTokens('refresh', answer);
    if (tokens.refreshToken === this.#token) throw new WrongAnswerError('the token did not rotate', answer);
    this.#token = tokens.refreshToken;
    return { done: true, sample: answer.body };
  }

  token(): string {
    return this.#token;
  }
}

class CodeFlowScript implements Script {
  readonly #plan: CodeFlowPlan;
  readonly #port: number;
  readonly #stride: number;
  readonly #tag = randomBytes(9).toString('base64url');
  #turn: number;
  #count = 0;
  #step: 'authorize' | 'token' | 'refresh' | 'userinfo' = 'authorize';
  #value = '';

  constructor(plan: CodeFlowPlan, index: number, connections: number, port: number) {
    this.#plan = plan;
    this.#port = port;
    this.#turn = index;
    this.#stride = connections;
  }

  request(): string {
    const user = this.#user();
    const client = { id: user.clientId, secret: user.clientSecret };
    const token = `${user.basePath}/oauth2/token`;
    switch (this.#step) {
      case 'authorize':
        return get(`${user.basePath}/oauth2/authorize?${this.#authorization(user)}`, this.#port, {
          Cookie: user.cookie,
          Accept: 'text/html',
        });
      case 'token':
        return formPost(
          token,
          this.#port,
          {
            grant_type: 'authorization_code',
            code: this.#value,
            redirect_uri: this.#plan.redirectUri,
            code_verifier: this.#verifier(),
          },
          client,
        );
      case 'refresh':
        return formPost(
          token,
          this.#port,
          { grant_type: 'refresh_token', refresh_token: this.#value },
          client,
        );
      case 'userinfo':
        return get(`${user.basePath}/oauth2/userinfo`, this.#port, {
          Authorization: `Bearer ${this.#value}`,
        });
    }
  }

  accept(answer: Answer): Step {
    try {
      return this.#accept(answer);
    } catch (error) {
      this.#begin();
      throw error;
    }
  }

  token(): undefined {
    return undefined;
  }

  #accept(answer: Answer): Step {
    switch (this.#step) {
      case 'authorize':
        this.#value = readCode(answer, this.#state());
        this.#step = 'token';
        return { done: false };
      case 'token':
        this.#value = readTokens('code', answer).refreshToken;
        this.#step = 'refresh';
        return { done: false, sample: answer.body };
      case 'refresh':
        this.#value = readTokens('refresh', answer).accessToken;
        this.#step = 'userinfo';
        return { done: false };
      case 'userinfo': {
        const subject = this.#user().subject;
        if (answer.status !== 200 || !answer.body.includes(`"sub":"${subject}"`)) {
          throw new WrongAnswerError(`userinfo is not about ${subject}`, answer);
        }
        this.#begin();
        return { done: true };
      }
    }
  }

  #begin(): void {
    this.#step = 'authorize';
    this.#turn += this.#stride;
    this.#count += 1;
  }

  #user(): FlowUser {
    const user = this.#plan.users[this.#turn % this.#plan.users.length];
    if (user === undefined) throw new RangeError('a code flow needs at least one user');
    return user;
  }

  #state(): string {
    return `${this.#tag}${this.#count}`;
  }

  #verifier(): string {
    return `verifier-of-43-characters-and-more-${this.#state()}`;
  }

  #authorization(user: FlowUser): string {
    return new URLSearchParams({
      response_type: 'code',
      client_id: user.clientId,
      redirect_uri: this.#plan.redirectUri,
      scope: this.#plan.scope,
      state: this.#state(),
      nonce: `nonce-${this.#state()}`,
      code_challenge: hash('sha256', this.#verifier(), 'base64url'),
      code_challenge_method: 'S256',
    }).toString();
  }
}

function readCode(answer: Answer, state: string): string {
  const location = /\r\nlocation: *([^\r\n]+)/i.exec(answer.head)?.[1] ?? '';
  const code = /[?&]code=([^&]+)/.exec(location)?.[1];
  if (code === undefined || !location.includes(`state=${state}`)) {
    throw new WrongAnswerError(`no code for this request in ${JSON.stringify(location)}`, answer);
  }
  return decodeURIComponent(code);
}

function readTokens(grant: string, answer: Answer): { accessToken: string; refreshToken: string } {
  const body = answer.status === 200 ? (JSON.parse(answer.body) as Record<string, unknown>) : {};
  const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = body;
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string' || typeof idToken !== 'string') {
    throw new WrongAnswerError(`${grant} without access, refresh and ID token`, answer);
  }
  return { accessToken, refreshToken };
}
