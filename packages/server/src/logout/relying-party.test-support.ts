/** A relying party as a real server on loopback: what it is told by the back channel, and how it behaves. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJwt } from '../authorize/flow.test-support.ts';

export interface LogoutCall {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly form: URLSearchParams;
  readonly token: string;
  readonly atMs: number;
}

export type Behaviour = (response: ServerResponse) => void;

export interface RelyingParty {
  readonly origin: string;
  /** Every call, in order of arrival. */
  readonly calls: readonly LogoutCall[];
  /** What it answers from now on, at any path. */
  behaviour: Behaviour;
  /** Resolves with the calls at `path` once there are `count`, and throws when they do not come. */
  told(path: string, count?: number, withinMs?: number): Promise<readonly LogoutCall[]>;
  close(): void;
}

export const accept: Behaviour = (response) =>
  void response.writeHead(200, { 'cache-control': 'no-store' }).end();
export const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end();
export const hang: Behaviour = () => undefined;

export async function openRelyingParty(): Promise<RelyingParty> {
  const calls: LogoutCall[] = [];
  const server = createServer((request, response) => {
    void receive(request).then((call) => {
      calls.push(call);
      party.behaviour(response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const party: RelyingParty = {
    origin: `http://localhost:${address.port}`,
    calls,
    behaviour: accept,
    async told(path, count = 1, withinMs = 5000) {
      const found = () => calls.filter((call) => call.path === path);
      await eventually(`${count} calls at ${path}`, () => found().length >= count, withinMs);
      return found();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return party;
}

async function receive(request: IncomingMessage): Promise<LogoutCall> {
  const atMs = Date.now();
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const form = new URLSearchParams(body);
  return {
    path: request.url ?? '',
    contentType: request.headers['content-type'],
    form,
    token: form.get('logout_token') ?? '',
    atMs,
  };
}

/** Waits until it holds, and throws when it does not. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(5);
  }
}

/** Claims of the token, unverified. */
export function claimsOf(call: LogoutCall): Readonly<Record<string, unknown>> {
  return readJwt(call.token).claims;
}
