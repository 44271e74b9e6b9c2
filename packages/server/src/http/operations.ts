/** What operators and orchestrators ask: alive, ready, metrics. */
import type { EphemeralStore, Store } from '../storage/ports.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface OperationsParts {
  readonly store: Pick<Store, 'check' | 'maintenance' | 'keys' | 'logoutDeliveries'>;
  readonly ephemeral: Pick<EphemeralStore, 'check'>;
  readonly metrics: Metrics;
  readonly isDraining: () => boolean;
  /** Why the clock of this machine does not allow work; null when it does. */
  readonly clockProblem: () => string | null;
}

type Handler = (request: Request) => Promise<Response> | Response;

/** `/healthz`: the process answers. `/readyz`: it can do its work; false while it drains, a store is away or the clock is wrong. */
export function createHealthHandlers(parts: OperationsParts): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    ['/healthz', () => plain(200, 'ok')],
    [
      '/readyz',
      async () => {
        if (parts.isDraining()) return plain(503, 'draining');
        if (!(await answers(parts.store))) return plain(503, 'the store does not answer');
        if (!(await answers(parts.ephemeral))) return plain(503, 'the ephemeral store does not answer');
        const problem = parts.clockProblem();
        return problem === null ? plain(200, 'ready') : plain(503, problem);
      },
    ],
  ]);
}

/** The internal listener: health and metrics, for the loopback only. */
export function createInternalFetch(parts: OperationsParts): (request: Request) => Promise<Response> {
  const handlers = new Map(createHealthHandlers(parts)).set('/metrics', async () => {
    const { registry, activeSigningKeys, ephemeralUp, logoutsOwed, storeRows } = parts.metrics;
    ephemeralUp.set((await answers(parts.ephemeral)) ? 1 : 0);
    activeSigningKeys.set(await parts.store.keys.countCurrent());
    const owed = await parts.store.logoutDeliveries.count();
    for (const [state, count] of Object.entries(owed)) logoutsOwed.set({ state }, count);
    for (const [table, rows] of Object.entries(await parts.store.maintenance.countRows()))
      storeRows.set({ table }, rows);
    return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } });
  });
  return async (request) => {
    const handler = handlers.get(new URL(request.url).pathname);
    if (handler === undefined) return plain(404, 'nothing is served at this path');
    return request.method === 'GET' || request.method === 'HEAD' ? handler(request) : plain(405, 'GET only');
  };
}

async function answers(store: { check(): Promise<void> }): Promise<boolean> {
  try {
    await store.check();
    return true;
  } catch {
    return false;
  }
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  });
}
