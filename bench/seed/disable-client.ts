/** Disables a client of the default tenant from a process of its own and prints when that was committed. */
import { randomBytes } from 'node:crypto';
import { createClients } from '../../packages/server/src/clients/index.ts';
import { openSqliteStore } from '../../packages/server/src/storage/sqlite/open.ts';
import { createPasswordHasher } from '../../packages/server/src/subjects/index.ts';

const { directory, id } = JSON.parse(process.argv[2] ?? '{}') as { directory: string; id: string };
const clock = (): number => Math.floor(Date.now() / 1000);
const { store } = await openSqliteStore({ directory, processName: 'bench', clock });
const clients = createClients({
  store: store.clients,
  hasher: createPasswordHasher({ concurrency: 1, queue: 1 }),
  random: {
    bytes: (size) => randomBytes(size),
    token: (size) => randomBytes(size).toString('base64url'),
  },
  revocationSeconds: 86_460,
});
try {
  const requester = { actor: { kind: 'operator' as const, id: 'bench' }, traceId: '', now: clock() };
  await clients.setEnabled(requester, 'default', id, false);
  console.log(JSON.stringify({ committedAt: Date.now() }));
} finally {
  await store.close();
}
