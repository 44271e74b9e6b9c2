/** The person's browser: cookies, redirects inside the provider, the forms of its pages. */
import assert from 'node:assert/strict';
import type { Answer, Wire } from './wire.ts';

/** A page of the provider that waits for the person, or tells them something. */
export interface Screen {
  readonly kind: 'screen';
  readonly status: number;
  /** The level-one heading. */
  readonly title: string;
  readonly html: string;
  readonly address: URL;
}

/** The answer has left the provider, in a query or in a posted form. */
export interface Returned {
  readonly kind: 'returned';
  readonly mode: 'query' | 'form_post';
  /** Where it went, without what it carried. */
  readonly target: string;
  readonly parameters: URLSearchParams;
}

export type Outcome = Screen | Returned;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export class Browser {
  readonly #wire: Wire;
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(wire: Wire, origin: string) {
    this.#wire = wire;
    this.#origin = origin;
  }

  visit(address: string | URL): Promise<Outcome> {
    return this.#follow(new URL(address), undefined);
  }

  post(address: string | URL, form: Readonly<Record<string, string>>): Promise<Outcome> {
    return this.#follow(new URL(address), new URLSearchParams(form));
  }

  /** Sends the screen's form with these values over its hidden ones. */
  submit(screen: Screen, values: Readonly<Record<string, string>>): Promise<Outcome> {
    const action = attribute(/<form\b[^>]*\bmethod="post"[^>]*>/i.exec(screen.html)?.[0] ?? '', 'action');
    assert.ok(action !== undefined, `the page '${screen.title}' has a form`);
    const form = new URLSearchParams({ ...hiddenFields(screen.html), ...values });
    return this.#follow(new URL(action, screen.address), form);
  }

  /** Signs in and allows whatever is asked, and lists the screens that were met on the way. */
  async complete(
    start: Outcome,
    person: Credentials,
  ): Promise<{ readonly end: Outcome; readonly met: readonly Screen[] }> {
    const met: Screen[] = [];
    let at = start;
    for (let step = 0; step < 5 && at.kind === 'screen'; step += 1) {
      if (at.title === 'Sign in') {
        met.push(at);
        at = await this.submit(at, { username: person.username, password: person.password });
      } else if (at.title === 'Allow access') {
        met.push(at);
        at = await this.submit(at, { decision: 'allow' });
      } else break;
    }
    return { end: at, met };
  }

  /** As if the person had closed the browser and removed what it kept. */
  forget(): void {
    this.#cookies.clear();
  }

  async #follow(address: URL, form: URLSearchParams | undefined): Promise<Outcome> {
    let [next, body] = [address, form];
    for (let hops = 0; hops < 10; hops += 1) {
      const answer = await this.#wire(next, {
        headers: { accept: 'text/html', ...this.#cookieHeader() },
        ...(body !== undefined && { form: body }),
      });
      this.#keep(answer);
      const location = answer.headers.get('location');
      if (location === null) return this.#show(answer, next);
      assert.ok([302, 303].includes(answer.status), `a redirect by ${answer.status}`);
      [next, body] = [new URL(location, next), undefined];
      if (next.origin !== this.#origin) {
        const target = location.split('?', 1)[0] ?? '';
        return { kind: 'returned', mode: 'query', target, parameters: next.searchParams };
      }
    }
    throw new assert.AssertionError({ message: `redirected in circles at ${next.pathname}` });
  }

  /** A form that posts itself to another origin is the answer, whatever the page around it looks like. */
  #show(answer: Answer, address: URL): Outcome {
    const html = answer.text;
    const tag = /<form\b[^>]*\bmethod="post"[^>]*>/i.exec(html)?.[0] ?? '';
    const action = attribute(tag, 'action');
    if (action !== undefined && new URL(action, address).origin !== this.#origin) {
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.ok(admits(policy, new URL(action).origin), `form-action admits ${action}: ${policy}`);
      return {
        kind: 'returned',
        mode: 'form_post',
        target: action,
        parameters: new URLSearchParams(hiddenFields(html)),
      };
    }
    const title = decodeEntities(/<h1[^>]*>([^<]*)<\/h1>/.exec(html)?.[1] ?? '');
    return { kind: 'screen', status: answer.status, title, html, address };
  }

  #cookieHeader(): Record<string, string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return cookie === '' ? {} : { cookie };
  }

  #keep(answer: Answer): void {
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

export function returned(outcome: Outcome): Returned {
  if (outcome.kind === 'returned') return outcome;
  throw new assert.AssertionError({
    message: `expected an answer to the client, got the page '${outcome.title}' (${outcome.status})`,
  });
}

export function screen(outcome: Outcome): Screen {
  if (outcome.kind === 'screen') return outcome;
  throw new assert.AssertionError({
    message: `expected a page, got an answer at ${outcome.target}: ${outcome.parameters}`,
  });
}

function hiddenFields(html: string): Record<string, string> {
  const inputs = html.match(/<input\b[^>]*\btype="hidden"[^>]*>/g) ?? [];
  return Object.fromEntries(
    inputs.map((input) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? '']),
  );
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : decodeEntities(value);
}

function decodeEntities(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return named[name] ?? whole;
  });
}

function admits(policy: string, origin: string): boolean {
  const sources = /(?:^|;)\s*form-action ([^;]*)/.exec(policy)?.[1]?.split(' ') ?? [];
  return sources.includes(origin) || sources.includes(new URL(origin).protocol);
}
