/** The relying party's side: a redirect endpoint that a browser can land on, and what it was told there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Page } from 'playwright-core';

export interface Application {
  readonly redirectUri: string;
  /** Where it would have people return to after signing out. */
  readonly signedOutUri: string;
  /** Set to have the redirect endpoint send the browser on to an address of the application's elsewhere. */
  onward: string | undefined;
  /** Addresses at the redirect endpoint, in the order they came. */
  readonly received: readonly URL[];
  /** Forms posted to the redirect endpoint, in the order they came. */
  readonly posted: readonly string[];
}

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><rect width="90" height="30" rx="6" fill="#205493"/><circle cx="15" cy="15" r="8" fill="#fff"/></svg>';

/** Beside the redirect endpoint it has a logo, and a page that opens windows and notes who of them speaks to it. */
export async function openApplication(cleaning: AsyncDisposableStack): Promise<Application> {
  const received: URL[] = [];
  const posted: string[] = [];
  const page = (title: string, script: string): string =>
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Application</title><h1>${title}</h1><script>${script}</script>`;
  const back = page('Back at the application', 'window.opener?.postMessage(location.href, location.origin)');
  const signedOut = page('Signed out of the application', '');
  const opener = page(
    'The application',
    'addEventListener("message", ({ data, source }) => { document.title = data; source.close(); })',
  );
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', origin);
    const answer = (type: string, body: string): void =>
      void response.writeHead(200, { 'content-type': type }).end(body);
    if (url.pathname === '/logo.svg') return answer('image/svg+xml', logo);
    if (url.pathname === '/opener') return answer('text/html; charset=utf-8', opener);
    if (url.pathname === '/signed-out') return answer('text/html; charset=utf-8', signedOut);
    if (url.pathname !== '/callback') return void response.writeHead(204).end();
    if (request.method === 'POST') posted.push(await text(request));
    else received.push(url);
    if (application.onward !== undefined) {
      return void response.writeHead(302, { location: application.onward }).end();
    }
    answer('text/html; charset=utf-8', back);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleaning.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const origin = `http://localhost:${address.port}`;
  const application: Application = {
    redirectUri: `${origin}/callback`,
    signedOutUri: `${origin}/signed-out`,
    received,
    posted,
    onward: undefined,
  };
  return application;
}

/** Waits until the browser is back at the application; answers the address, parameters included. */
export async function waitForReturn(page: Page, application: Application): Promise<URL> {
  await page.waitForURL((url) => url.href.startsWith(`${application.redirectUri}?`));
  return new URL(page.url());
}
