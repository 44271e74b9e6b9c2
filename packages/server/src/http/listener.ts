/** Sockets: plain or TLS, with bounds on time and size, and an orderly end. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Logger } from '../telemetry/log.ts';
import { tlsRules } from './tls-rules.ts';

export interface Listener {
  readonly port: number;
  /** Takes no new connection, lets requests under way finish for at most `seconds`, then closes what is left. */
  drain(seconds: number): Promise<void>;
  /** Reads certificate and key again; a pair that does not fit is reported and the old one kept. */
  reloadTls(): void;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly maxHeaderBytes: number;
  readonly fetch: (request: Request, env?: unknown) => Response | Promise<Response>;
  readonly log: Logger;
  readonly timeouts?: ListenTimeouts;
}

/** How long a peer may take; whoever is slower is cut off, so that waiting connections cost an attacker time. */
export interface ListenTimeouts {
  /** The request line and headers. */
  readonly headersMs: number;
  /** The whole request. */
  readonly requestMs: number;
  /** Between two requests: longer than the load balancer in front keeps a connection, so that it is the one who closes. */
  readonly idleMs: number;
  readonly tlsHandshakeMs: number;
  /** How often the certificate files are looked at. */
  readonly tlsPollMs: number;
}

const defaultTimeouts: ListenTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 65_000,
  tlsHandshakeMs: 10_000,
  tlsPollMs: 2000,
};

const drainPollMs = 50;

/** Resolves when the port is bound. Rejects with the system's error (EADDRINUSE, EACCES …). */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { tls, log, timeouts = defaultTimeouts } = options;
  const limits = {
    maxHeaderSize: options.maxHeaderBytes,
    requestTimeout: timeouts.requestMs,
    headersTimeout: timeouts.headersMs,
    // Node looks for the late ones this often; its default of 30 s would treble the bound above.
    connectionsCheckingInterval: Math.min(timeouts.headersMs / 4, 1000),
    keepAliveTimeout: timeouts.idleMs,
  };
  const server = createAdaptorServer({
    fetch: options.fetch,
    ...(tls === null
      ? { createServer: createHttpServer, serverOptions: limits }
      : {
          createServer: createHttpsServer,
          serverOptions: {
            ...limits,
            ...tlsRules,
            ...readTls(tls),
            handshakeTimeout: timeouts.tlsHandshakeMs,
          },
        }),
  }) as HttpServer | HttpsServer;

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => log.error({ err: error }, 'listener error'));

  function reloadTls(): void {
    if (tls === null || !('setSecureContext' in server)) return;
    try {
      server.setSecureContext({ ...tlsRules, ...readTls(tls) });
      log.info('TLS certificate read again');
    } catch (error) {
      log.error({ err: error }, 'the TLS files do not fit; the certificate in use is kept');
    }
  }

  const files = tls === null ? [] : [tls.certFile, tls.keyFile];
  for (const file of files) watchFile(file, { interval: timeouts.tlsPollMs, persistent: false }, reloadTls);

  return {
    port: (server.address() as AddressInfo).port,
    reloadTls,
    async drain(seconds) {
      for (const file of files) unwatchFile(file, reloadTls);
      // A connection in use stays open after its answer, and Node waits for it: tell its owner, and look again.
      server.prependListener('request', (_request, response) => {
        response.shouldKeepAlive = false;
      });
      const sweep = setInterval(() => server.closeIdleConnections(), drainPollMs);
      const deadline = setTimeout(() => server.closeAllConnections(), seconds * 1000);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      clearInterval(sweep);
      clearTimeout(deadline);
    },
  };
}

function readTls(tls: { readonly certFile: string; readonly keyFile: string }): {
  cert: Buffer;
  key: Buffer;
} {
  return { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
}
