/** Sockets: plain or TLS, with bounds on time and size, and an orderly end. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Logger } from '../telemetry/log.ts';

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
}

const requestTimeoutMs = 30_000;
const headersTimeoutMs = 10_000;
const keepAliveTimeoutMs = 65_000;
const tlsPollMs = 2000;

/** Resolves when the port is bound. Rejects with the system's error (EADDRINUSE, EACCES …). */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { tls, log } = options;
  const limits = {
    maxHeaderSize: options.maxHeaderBytes,
    requestTimeout: requestTimeoutMs,
    headersTimeout: headersTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
  };
  const server = createAdaptorServer({
    fetch: options.fetch,
    overrideGlobalObjects: false,
    ...(tls === null
      ? { createServer: createHttpServer, serverOptions: limits }
      : {
          createServer: createHttpsServer,
          serverOptions: { ...limits, ...readTls(tls), minVersion: 'TLSv1.2' as const },
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
      server.setSecureContext({ ...readTls(tls), minVersion: 'TLSv1.2' });
      log.info('TLS certificate read again');
    } catch (error) {
      log.error({ err: error }, 'the TLS files do not fit; the certificate in use is kept');
    }
  }

  const files = tls === null ? [] : [tls.certFile, tls.keyFile];
  for (const file of files) watchFile(file, { interval: tlsPollMs, persistent: false }, reloadTls);

  return {
    port: (server.address() as AddressInfo).port,
    reloadTls,
    async drain(seconds) {
      for (const file of files) unwatchFile(file, reloadTls);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const deadline = setTimeout(() => server.closeAllConnections(), seconds * 1000);
      await closed;
      clearTimeout(deadline);
    },
  };
}

function readTls(tls: { readonly certFile: string; readonly keyFile: string }): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
}
