/** A browser without a screen: cookies, redirects and forms, for tests whose subject is another than the pages. */
import assert from 'node:assert/strict';

export interface Page {
  readonly status: number;
  readonly html: string;
  readonly address: URL;
}

interface Returned {
  readonly returned: URL;
}

export class FormBrowser {
  readonly #cookies = new Map<string, string>();

  /** Signs in at the page that `address` leads to, and allows where it is asked; answers where the browser is sent outside the issuer's origin. */
  async authorize(address: URL, username: string, password: string): Promise<URL> {
    const page = await this.open(address);
    assert.ok('html' in page, 'the request leads to the sign-in page');
    let end = await this.submit(page, { username, password });
    if ('html' in end && end.html.includes('name="decision"')) {
      end = await this.submit(end, { decision: 'allow' });
    }
    assert.ok('returned' in end, 'signing in leads back to the application');
    return end.returned;
  }

  /** Where `address` leads: a page, or the first address outside of its origin. */
  open(address: URL): Promise<Page | Returned> {
    return this.#follow(address, undefined);
  }

  /** Goes where nothing is asked; answers where the browser is sent outside the issuer's origin. */
  async pass(address: URL): Promise<URL> {
    const end = await this.open(address);
    assert.ok('returned' in end, 'it leads outside without a question');
    return end.returned;
  }

  /** Sends the form of a page, its hidden fields included. */
  submit({ html, address }: Page, filled: Readonly<Record<string, string>>): Promise<Page | Returned> {
    const action = /<form method="post" action="([^"]+)"/.exec(html)?.[1] ?? '';
    const form = new URLSearchParams({ ...hiddenFields(html), ...filled });
    return this.#follow(new URL(action, address), form);
  }

  /** Follows redirects inside the origin; stops at a page or at the first address outside. */
  async #follow(address: URL, form: URLSearchParams | undefined): Promise<Page | Returned> {
    let [next, body] = [address, form];
    for (let hops = 0; hops < 10; hops += 1) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(next, {
        redirect: 'manual',
        headers: { accept: 'text/html', ...(cookie !== '' && { cookie }) },
        ...(body !== undefined && { method: 'POST', body }),
      });
      this.#keep(response.headers);
      const location = response.headers.get('location');
      if (location === null) return { status: response.status, html: await response.text(), address: next };
      [next, body] = [new URL(location, next), undefined];
      if (next.origin !== address.origin) return { returned: next };
    }
    throw new assert.AssertionError({ message: `redirected in circles at ${next.pathname}` });
  }

  #keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

function hiddenFields(html: string): Record<string, string> {
  const fields = html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value]));
}
