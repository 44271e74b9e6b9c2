/** Countersign as it is installed: `countersign init`, then `countersign serve` on the embedded store on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Seeded, SeedPlan } from '../seed/plan.ts';
import { binPath, firstJson, freePort, pidOf, runNode, serverCore, spawnNode, stopChild } from './child.ts';
import { accessTokenSeconds } from './names.ts';
import type { Provider } from './subject.ts';

const seedScript = fileURLToPath(new URL('../seed/seed.ts', import.meta.url));

/** A data directory with clients and people in it; servers come and go. */
export interface Installation {
  readonly directory: string;
  readonly seeded: Seeded;
  remove(): void;
}

export interface ServeOptions {
  readonly name?: string;
  readonly core?: number | null;
  /** Issuer of another process on the same directory. */
  readonly publicPort?: number;
  readonly nodeOptions?: readonly string[];
}

export async function installCountersign(
  plan: Partial<Omit<SeedPlan, 'directory'>> = {},
): Promise<Installation> {
  const parent = mkdtempSync(join(tmpdir(), 'bench-countersign-'));
  const directory = join(parent, 'data');
  await runNode(binPath, ['init', '--data-dir', directory]);
  const full: SeedPlan = { directory, tenants: 0, users: 0, signedIn: 0, ...plan };
  const text = await runNode(seedScript, [JSON.stringify(full)], { nodeOptions: ['--conditions=source'] });
  return {
    directory,
    seeded: JSON.parse(text) as Seeded,
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

/** Defaults of a production start, rate limits included; only the life of access tokens is longer, for long runs. */
export async function serveCountersign(
  installation: Installation,
  options: ServeOptions = {},
): Promise<Provider> {
  const port = await freePort();
  const child = spawnCountersign(installation, port, options);
  await firstJson(child);
  return {
    name: options.name ?? 'countersign',
    port,
    pid: pidOf(child),
    client: (id) => ({ id, secret: installation.seeded.secrets[id] ?? '' }),
    users: installation.seeded.users,
    stop: () => stopChild(child),
  };
}

export function spawnCountersign(installation: Installation, port: number, options: ServeOptions) {
  return spawnNode(binPath, ['serve', '--data-dir', installation.directory, '--json'], {
    core: options.core === undefined ? serverCore : options.core,
    nodeOptions: options.nodeOptions ?? [],
    environment: {
      NODE_ENV: 'production',
      COUNTERSIGN_SERVER__LISTEN: `127.0.0.1:${port}`,
      COUNTERSIGN_SERVER__PUBLIC_URL: `http://localhost:${options.publicPort ?? port}`,
      COUNTERSIGN_SERVER__INTERNAL_LISTEN: '127.0.0.1:0',
      COUNTERSIGN_IAM__BOOTSTRAP__MODE: 'link',
      COUNTERSIGN_LIFETIMES__ACCESS_TOKEN_SECONDS: String(accessTokenSeconds),
    },
  });
}
