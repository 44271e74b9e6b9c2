/** A second process on the same store. `children.ts` starts it and talks to it. */
import type { Opened } from './driver.ts';
import { openAddress, realClock } from './drivers.ts';
import * as make from './fixtures.ts';

export type Order =
  | { readonly kind: 'take'; readonly codes: readonly string[]; readonly callers: number }
  | { readonly kind: 'redeem'; readonly devices: readonly string[]; readonly callers: number }
  | { readonly kind: 'rotate'; readonly families: readonly string[]; readonly callers: number }
  | { readonly kind: 'register'; readonly names: readonly string[]; readonly maxClients: number }
  | { readonly kind: 'claim-logout'; readonly sessions: readonly string[]; readonly callers: number }
  | { readonly kind: 'claim'; readonly keys: readonly string[]; readonly callers: number }
  | { readonly kind: 'spend'; readonly bucket: string; readonly times: number }
  | { readonly kind: 'audit'; readonly entries: number }
  | { readonly kind: 'settle'; readonly sectors: readonly string[]; readonly callers: number }
  | { readonly kind: 'revoke'; readonly id: string }
  /** Writes until it is killed, telling each acknowledgement. */
  | { readonly kind: 'write'; readonly prefix: string }
  | { readonly kind: 'close' };

export type Told =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'outcomes';
      readonly won: readonly string[];
      readonly startedAt: number;
      readonly endedAt: number;
    }
  | { readonly kind: 'acknowledged'; readonly id: string }
  | { readonly kind: 'done'; readonly at: number };

/** Milliseconds on a clock that processes share. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

const tell = (told: Told): void => {
  process.send?.(told);
};

/** Names of the things that this process won, each tried by `callers` parallel callers. */
async function race(names: readonly string[], callers: number, attempt: (name: string) => Promise<boolean>) {
  const startedAt = wallMs();
  const attempts = names.flatMap((name) =>
    Array.from({ length: callers }, async () => ((await attempt(name)) ? [name] : [])),
  );
  const won = (await Promise.all(attempts)).flat();
  tell({ kind: 'outcomes', won, startedAt, endedAt: wallMs() });
}

async function take({ store }: Opened, code: string): Promise<boolean> {
  const produced = { family: make.family('a', `grant-${code}`), accessToken: null, trail: make.noTrail };
  const reuse = make.reuse('a', `grant-${code}`);
  return (await store.codes.take('a', make.hashed(code), make.now, produced, reuse)) === 'taken';
}

async function redeem({ store }: Opened, device: string): Promise<boolean> {
  const produced = { family: make.family('a', `grant-${device}`), accessToken: null, trail: make.noTrail };
  const reuse = make.reuse('a', `grant-${device}`);
  return (await store.deviceCodes.take('a', make.hashed(device), make.now, produced, reuse)) === 'taken';
}

async function rotate({ store }: Opened, id: string): Promise<boolean> {
  const { outcome } = await store.refreshFamilies.rotate({
    tenant: 'a',
    id,
    presented: 1,
    rotate: true,
    graceSeconds: 0,
    now: make.now,
    idleExpiresAt: make.now + 7000,
    accessToken: null,
    trail: make.noTrail,
    reuse: { ...make.reuse('a', id), onReuse: 'family' },
  });
  return outcome === 'rotated';
}

/** Whether this caller's own proposal became the identifier; of all callers one at most. */
async function settle({ store }: Opened, sector: string): Promise<boolean> {
  const proposed = make.pairwiseSubject('a', sector, { sub: crypto.randomUUID() });
  return (await store.pairwiseSubjects.settle(proposed)) === proposed.sub;
}

async function write({ store }: Opened, prefix: string): Promise<never> {
  let next = 0;
  const writer = async (): Promise<never> => {
    for (;;) {
      const id = `${prefix}-${next++}`;
      await store.accessTokens.create(make.accessToken('a', id), make.trail('a', 'token.issued', id));
      tell({ kind: 'acknowledged', id });
    }
  };
  return await Promise.race(Array.from({ length: 16 }, writer));
}

async function obey(opened: Opened, order: Order): Promise<void> {
  const { store, ephemeral } = opened;
  switch (order.kind) {
    case 'take':
      return await race(order.codes, order.callers, (code) => take(opened, code));
    case 'redeem':
      return await race(order.devices, order.callers, (device) => redeem(opened, device));
    case 'rotate':
      return await race(order.families, order.callers, (id) => rotate(opened, id));
    case 'register':
      return await race(order.names, 1, async (name) => {
        const client = make.dynamicClient('a', `${name}-${process.pid}`);
        const admission = make.admission('secret-initial', order.maxClients);
        return (await store.clients.register(client, admission, make.noTrail)) === 'registered';
      });
    case 'claim-logout':
      return await race(order.sessions, order.callers, (sessionId) =>
        store.logoutDeliveries.claim('a', { sessionId, clientId: 'web' }, make.now, make.lease),
      );
    case 'claim':
      return await race(order.keys, order.callers, (key) => ephemeral.putIfAbsent(key, 9_000_000_000));
    case 'settle':
      return await race(order.sectors, order.callers, (sector) => settle(opened, sector));
    case 'spend': {
      const rule = { capacity: 100, refillPerSecond: 0.000_001 };
      const times = Array.from({ length: order.times }, (_, index) => `${index}`);
      return await race(
        times,
        1,
        async () => (await ephemeral.spend(order.bucket, 1, rule, make.now * 1000)).allowed,
      );
    }
    case 'audit':
      for (let index = 0; index < order.entries; index += 1) {
        await store.audit.append([make.entry('a', 'child.wrote', `${index}`)]);
      }
      return tell({ kind: 'done', at: wallMs() });
    case 'revoke':
      await store.revocations.add(make.revocation('a', 'token', order.id), make.noTrail);
      return tell({ kind: 'done', at: wallMs() });
    case 'write':
      return await write(opened, order.prefix);
    case 'close':
      await ephemeral.close();
      await store.close();
      return process.disconnect?.();
  }
}

if (process.send !== undefined) {
  const opened = await openAddress(process.argv[2] ?? '', realClock);
  process.on('message', (order: Order) => {
    obey(opened, order).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
  tell({ kind: 'ready' });
}
