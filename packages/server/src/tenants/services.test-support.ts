/** The services over a real SQLite store in a directory that goes away with the test. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createAuditLog } from '../audit/index.ts';
import { createClients } from '../clients/index.ts';
import { envelopeKey } from '../keys/envelope.ts';
import { createVault } from '../keys/vault.ts';
import type { Random } from '../ports.ts';
import { openSqliteStore } from '../storage/sqlite/open.ts';
import { createPasswordHasher, createPasswordRules, createUsers } from '../subjects/index.ts';
import { createLogger } from '../telemetry/log.ts';
import { createTenants, type Requester } from './index.ts';

const revocationSeconds = 86_460;

const random: Random = {
  bytes: (size) => randomBytes(size),
  token: (size) => randomBytes(size).toString('base64url'),
};

export async function openServices(context: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-services-'));
  const now = Math.floor(Date.now() / 1000);
  const { store } = await openSqliteStore({
    directory,
    processName: 'test',
    clock: () => Math.floor(Date.now() / 1000),
  });
  context.after(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });
  const vault = createVault([envelopeKey(randomBytes(32))]);
  const hasher = createPasswordHasher({ concurrency: 1, queue: 100 });
  const audit = createAuditLog({ store: store.audit, vault, log: createLogger('silent') });
  const tenants = createTenants(store.tenants);
  const clients = createClients({ store: store.clients, hasher, random, revocationSeconds });
  const users = createUsers({
    subjects: store.subjects,
    sessions: store.sessions,
    hasher,
    rules: createPasswordRules({ minLength: 12 }),
    vault,
    sealPersonal: audit.sealPersonal,
    random,
    revocationSeconds,
  });
  const requester: Requester = { actor: { kind: 'operator', id: 'test' }, traceId: 'f'.repeat(32), now };
  const tenant = await tenants.ensureBuiltIn(requester);
  const actions = async (tenantId = 'default') =>
    (await store.audit.listNewest(tenantId, 100)).map((record) => record.action);
  return { store, vault, hasher, random, tenants, clients, users, requester, tenant, actions };
}
