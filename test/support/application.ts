/** The relying party's side: a redirect endpoint that a browser can land on, and what it was told there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Page } from 'playwright-core';

export interface Application {
  readonly redirectUri: string;
  /** Where it would have people return to after signing out. */
  readonly signedOutUri: string;
  /** Requests at the redirect endpoint, in the order they came. */
  readonly received: readonly URL[];
}

export async function openApplication(cleaning: AsyncDisposableStack): Promise<Application> {
  const received: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', origin);
    const shows = url.pathname === '/callback' || url.pathname === '/signed-out';
    if (!shows) return void response.writeHead(204).end();
    if (url.pathname === '/callback') received.push(url);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    const heading =
      url.pathname === '/callback' ? 'Back at the application' : 'Signed out of the application';
    response.end(`<!doctype html><html lang="en"><title>Application</title><h1>${heading}</h1></html>`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleaning.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const origin = `http://localhost:${address.port}`;
  return { redirectUri: `${origin}/callback`, signedOutUri: `${origin}/signed-out`, received };
}

/** Waits until the browser is back at the application; answers the address, parameters included. */
export async function waitForReturn(page: Page, application: Application): Promise<URL> {
  await page.waitForURL((url) => url.href.startsWith(`${application.redirectUri}?`));
  return new URL(page.url());
}
