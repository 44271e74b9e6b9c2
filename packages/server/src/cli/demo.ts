/** The demo client of `dev`: its secret lies in the data directory, so that every start can print the same request. */
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createClientSecretVerifier, createClients } from '../clients/index.ts';
import { type Config, secretsDirectory } from '../config/index.ts';
import { createPrivateFile } from '../keys/key-file.ts';
import type { Store } from '../storage/index.ts';
import { createPasswordHasher } from '../subjects/index.ts';
import { systemClock, systemRandom } from '../system.ts';
import { createTenants, defaultTenant, type Requester } from '../tenants/index.ts';
import { revocationSeconds } from './instance.ts';

export interface DemoClient {
  readonly clientId: string;
  readonly secret: string;
}

const clientId = 'demo';
const demoMetadata = {
  client_name: 'Demo',
  grant_types: ['client_credentials'],
  token_endpoint_auth_method: 'client_secret_basic',
  scope: 'demo',
  default_scope: 'demo',
};

/**
 * The demo client and a secret that works. Where file and store disagree (an interrupted start, a client that was removed or given other
 * secrets), a new secret is made and the oldest gives way.
 */
export async function ensureDemoClient(config: Config, store: Store): Promise<DemoClient> {
  const hasher = createPasswordHasher({ concurrency: 1, queue: 1 });
  const clients = createClients({
    store: store.clients,
    hasher,
    random: systemRandom,
    revocationSeconds,
    features: config.features,
  });
  const verify = createClientSecretVerifier({ hasher });
  const requester: Requester = {
    actor: { kind: 'operator', id: 'dev' },
    traceId: '',
    now: systemClock.now(),
  };
  const file = join(secretsDirectory(config.storage.directory), 'demo-client.secret');

  const existing = await clients.find(defaultTenant, clientId);
  const kept = readSecret(file);
  if (existing !== undefined && kept !== undefined && (await verify(existing, kept, requester.now)))
    return { clientId, secret: kept };
  if (existing === undefined) {
    const tenant = await createTenants(store.tenants, config.features).get(defaultTenant);
    const { secret } = await clients.register(requester, tenant, { id: clientId, metadata: demoMetadata });
    return keepSecret(file, secret);
  }
  const [oldest] = existing.secrets
    .filter(({ expiresAt }) => expiresAt === 0 || expiresAt > requester.now)
    .slice(1);
  if (oldest !== undefined)
    await clients.expireSecret(requester, defaultTenant, clientId, oldest.id, requester.now);
  const { secret } = await clients.addSecret(requester, defaultTenant, clientId, {});
  return keepSecret(file, secret);
}

function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Replaces the file at once: a reader finds the old secret or the new one. */
function keepSecret(file: string, secret: string | null): DemoClient {
  const value = secret ?? '';
  const temporary = `${file}.${process.pid}`;
  createPrivateFile(temporary, `${value}\n`);
  renameSync(temporary, file);
  return { clientId, secret: value };
}
