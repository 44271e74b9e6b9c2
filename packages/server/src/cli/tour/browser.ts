/** A person's browser as far as the pages need one: cookies, redirects and forms, no script. */
import type { Http } from './http.ts';

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

/** A page of ours, or the address outside that the person was sent to. */
export type Landing =
  | { readonly page: Page; readonly left?: never }
  | { readonly left: URL; readonly page?: never };

export interface Browser {
  open(url: string): Promise<Landing>;
  /** Fills in the form of a page and sends it, its hidden fields and all. */
  submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Landing>;
}

const maxHops = 10;

export function createBrowser(http: Http): Browser {
  const cookies = new Map<string, string>();

  function keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
  }

  async function go(address: URL, form: URLSearchParams | undefined): Promise<Landing> {
    let [url, body] = [address, form];
    for (let hop = 0; hop < maxHops; hop += 1) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await http.send(url.href, {
        headers: { accept: 'text/html', ...(cookie !== '' && { cookie }) },
        ...(body !== undefined && { method: 'POST', body }),
      });
      keep(response.headers);
      const html = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { page: { url, status: response.status, html } };
      const next = new URL(location, url);
      if (next.origin !== url.origin) return { left: next };
      [url, body] = [next, undefined];
    }
    throw new Error(`redirected in circles at ${url.pathname}`);
  }

  return {
    open: (url) => go(new URL(url), undefined),
    submit(page, fields) {
      const action = /<form method="post" action="([^"]+)"/.exec(page.html)?.[1] ?? '';
      const form = new URLSearchParams({ ...hiddenFields(page.html), ...fields });
      return go(new URL(unescapeHtml(action), page.url), form);
    },
  };
}

/** The heading, for a failure that landed somewhere else. */
export function describeLanding({ page, left }: Landing): string {
  if (left !== undefined) return `the browser was sent to ${left.origin}${left.pathname}${left.search}`;
  const heading = /<h1>(.*?)<\/h1>/.exec(page.html)?.[1] ?? '';
  return `the browser shows the page ${page.url.pathname} (${page.status}): ${unescapeHtml(heading)}`;
}

function hiddenFields(html: string): Readonly<Record<string, string>> {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, unescapeHtml(value)]));
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
