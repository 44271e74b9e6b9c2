import { type PeerProcess, startPeer } from './peer-process.ts';
import type { Application } from './registration.ts';
import type { Stage } from './stage.ts';

/** Starts a peer that is a program for Node, told about the server by the variables of Node itself. */
export async function startNodePeer(
  cleaning: AsyncDisposableStack,
  { issuer, secure }: Stage,
  application: Application,
  program: string,
  env: Readonly<Record<string, string>> = {},
): Promise<PeerProcess> {
  return startPeer(cleaning, {
    command: process.execPath,
    parameters: [program],
    env: {
      ISSUER: issuer,
      CLIENT_ID: application.clientId,
      CLIENT_SECRET: application.clientSecret,
      APP_URL: application.url,
      PORT: String(application.port),
      ...(secure !== undefined && {
        NODE_EXTRA_CA_CERTS: secure.caFile,
        NODE_USE_ENV_PROXY: '1',
        HTTPS_PROXY: secure.proxy,
      }),
      ...env,
    },
    readyUrl: application.url,
  });
}
