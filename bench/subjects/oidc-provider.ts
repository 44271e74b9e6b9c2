import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstJson, freePort, pidOf, serverCore, spawnNode, stopChild } from './child.ts';
import { names } from './names.ts';
import type { OidcProviderOptions, OidcProviderReady } from './oidc-provider-options.ts';
import type { Provider } from './subject.ts';

const script = fileURLToPath(new URL('./oidc-provider-server.ts', import.meta.url));

export async function startOidcProvider(
  options: {
    readonly users?: number;
    readonly core?: number | null;
    readonly nodeOptions?: readonly string[];
  } = {},
): Promise<Provider> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-oidc-provider-'));
  const port = await freePort();
  const secrets: Record<string, string> = Object.fromEntries(
    Object.values(names).map((id) => [id, randomBytes(32).toString('base64url')]),
  );
  const settings: OidcProviderOptions = {
    port,
    database: join(directory, 'provider.db'),
    secrets,
    users: options.users ?? 0,
  };
  const child = spawnNode(script, [JSON.stringify(settings)], {
    core: options.core === undefined ? serverCore : options.core,
    environment: { NODE_ENV: 'production' },
    nodeOptions: options.nodeOptions ?? [],
  });
  const ready = (await firstJson(child)) as OidcProviderReady;
  const secretOf = (id: string): string => secrets[id] ?? '';
  return {
    name: 'node-oidc-provider',
    port,
    pid: pidOf(child),
    client: (id) => ({ id, secret: secretOf(id) }),
    users: ready.users.map(({ accountId, sessionId }) => ({
      basePath: '',
      cookie: `_session=${sessionId}`,
      subject: accountId,
      clientId: names.web,
      clientSecret: secretOf(names.web),
    })),
    async stop() {
      await stopChild(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
