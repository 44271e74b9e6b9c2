import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type PeerProcess, startPeer, withoutLeaks } from './peer-process.ts';
import type { Application } from './registration.ts';
import type { Stage } from './stage.ts';

/** Starts a peer that is a program for Node, told about the server by the variables of Node itself. */
export async function startNodePeer(
  cleaning: AsyncDisposableStack,
  { issuer, secure }: Stage,
  application: Pick<Application, 'clientId' | 'clientSecret' | 'port' | 'url'>,
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

/** Runs a program to its end; answers its lines, one a call. @throws with what it complained of when it fails */
export function startNodeProgram(
  program: string,
  env: Readonly<Record<string, string>>,
): { next(): Promise<string> } {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async next() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${program} said no more:\n${withoutLeaks(complaint)}`);
      return value;
    },
  };
}
