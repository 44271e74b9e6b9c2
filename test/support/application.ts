/** The relying party's side: a redirect endpoint that a browser can land on, and what it was told there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Page } from 'playwright-core';

export interface Application {
  readonly redirectUri: string;
  /** Requests at the redirect endpoint, in the order they came. */
  readonly received: readonly URL[];
}

export async function openApplication(cleaning: AsyncDisposableStack): Promise<Application> {
  const received: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', origin);
    if (url.pathname !== '/callback') return void response.writeHead(204).end();
    received.push(url);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      '<!doctype html><html lang="en"><title>Application</title><h1>Back at the application</h1></html>',
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleaning.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const origin = `http://localhost:${address.port}`;
  return { redirectUri: `${origin}/callback`, received };
}

/** Waits until the browser is back at the application; answers the address, parameters included. */
export async function waitForReturn(page: Page, application: Application): Promise<URL> {
  await page.waitForURL((url) => url.href.startsWith(`${application.redirectUri}?`));
  return new URL(page.url());
}
