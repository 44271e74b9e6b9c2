/** The running process: stores, application, listeners, background work, and their end in the reverse order. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type App, createApp } from './app.ts';
import { auditEntry } from './audit/index.ts';
import { type ClockWatch, createClockWatch } from './clock-watch.ts';
import type { Config } from './config/index.ts';
import { type Listener, listen } from './http/listener.ts';
import { createHealthHandlers, createInternalFetch } from './http/operations.ts';
import { pathOf } from './http/request-path.ts';
import { readBucketSecrets } from './keys/bucket-secrets.ts';
import { loadEnvelopeKeys } from './keys/envelope.ts';
import { createLiveVault, type LiveVault } from './keys/live-vault.ts';
import { createOutbound } from './outbound/index.ts';
import type { Vault } from './ports.ts';
import type { StorageError } from './storage/error.ts';
import { openEphemeralStore, openStores } from './storage/open.ts';
import type { EphemeralStore, Store } from './storage/ports.ts';
import { createPooledRandom, systemClock, systemRandom } from './system.ts';
import type { Logger } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createTenants } from './tenants/index.ts';
import { hashSecret } from './tokens/index.ts';

export interface ServerInfo {
  readonly issuer: string;
  readonly port: number;
  readonly internalPort: number | null;
  /** Single use, 30 minutes; while no administrator exists and the bootstrap mode is `link`. */
  readonly setupLink: string | null;
}

export interface RunningServer {
  readonly info: ServerInfo;
  readonly store: Store;
  readonly ephemeral: EphemeralStore;
  readonly vault: Vault;
  /** Reads again what may change at run time: TLS files. */
  reload(): void;
  /** Drains and releases everything. Idempotent. */
  stop(): Promise<void>;
}

/** The start was refused; the message says what, why and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

const setupLinkSeconds = 1800;
const sweepEveryMs = 30_000;
const sweepBatch = 500;
const compareClocksEveryMs = 60_000;
/** A rotation waits as long for every process to have heard of it. */
const readKeysEveryMs = 2000;

export async function startServer(options: {
  readonly config: Config;
  readonly log: Logger;
  readonly onReady?: (info: ServerInfo) => void;
}): Promise<RunningServer> {
  const { config, log } = options;
  const vault = createLiveVault(() => loadEnvelopeKeys(config.secrets.envelopeKeyFile));
  const bucketSecrets = createBucketSecrets(config);
  const certificates = readCertificates(config);
  const onProblem = (error: StorageError): void => log.error({ err: error }, 'store problem');
  const opened = await openStores(config.storage, {
    processName: 'serve',
    clock: systemClock.now,
    onProblem,
  });
  const { store } = opened;
  const ephemeral = await openEphemeralStore(config.ephemeral, opened.ephemeral, {
    clock: systemClock.now,
    onProblem,
    onNotice: (text) => log.warn(text),
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const metrics = createMetrics({ processMetrics: true });
  const app = createApp({
    config,
    store,
    ephemeral,
    vault,
    bucketSecrets: bucketSecrets.held,
    clock: systemClock,
    random: createPooledRandom(),
    log,
    metrics,
    outbound: createOutbound({
      ...config.outbound,
      certificates,
      log,
      metrics,
      clock: systemClock,
    }),
  });
  const drains: (() => Promise<void>)[] = [];
  const releases: (() => Promise<void>)[] = [() => app.stop(), () => ephemeral.close(), () => store.close()];

  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    ending ??= (async () => {
      // Requests under way and rounds under way end first and together; then what they used, each whatever the other did.
      const ended = await Promise.allSettled(drains.map((drain) => drain()));
      for (const release of releases) ended.push(...(await Promise.allSettled([release()])));
      const failures = ended.filter((end) => end.status === 'rejected').map((end) => end.reason as unknown);
      if (failures.length > 0) throw new AggregateError(failures, 'the server did not end cleanly');
    })();
    return ending;
  };

  try {
    await createTenants(store.tenants, config.features).ensureBuiltIn({
      actor: { kind: 'system', id: 'server' },
      traceId: '',
      now: systemClock.now(),
    });
    const setupLink = await prepareBootstrap(config, store);
    await app.start();

    const clockWatch = createClockWatch({ store, clock: systemClock, log, metrics });
    await clockWatch.compare();
    const operations = {
      store,
      ephemeral,
      metrics,
      isDraining: () => ending !== undefined,
      clockProblem: clockWatch.problem,
    };
    const health = createHealthHandlers(operations);
    const publicListener = await listen({
      ...config.server.listen,
      tls: config.server.tls,
      maxHeaderBytes: config.server.maxHeaderBytes,
      log,
      fetch: (request, env) => {
        const handler = health.get(pathOf(request.url));
        return handler === undefined ? app.fetch(request, env) : handler(request);
      },
    });
    let internalListener: Listener | null = null;
    drains.push(async () => {
      await publicListener.drain(config.server.drainSeconds);
      // Last, so that the probes see it drain.
      await internalListener?.drain(1);
    });
    internalListener = await listenInternally(config, log, createInternalFetch(operations));
    drains.push(startBackgroundWork(config, { store, app, clockWatch, vault, bucketSecrets, log }));

    const info: ServerInfo = {
      issuer: config.server.publicUrl,
      port: publicListener.port,
      internalPort: internalListener?.port ?? null,
      setupLink,
    };
    options.onReady?.(info);
    return { info, store, ephemeral, vault, reload: () => publicListener.reloadTls(), stop };
  } catch (error) {
    await stop().catch((problem: unknown) =>
      log.debug({ err: problem }, 'the refused start did not end cleanly'),
    );
    throw error;
  }
}

interface BucketSecrets {
  /** The same array until the file has changed. */
  held(): readonly Uint8Array[];
  refresh(): void;
}

/** @throws {BucketSecretError} */
function createBucketSecrets({ rateLimits }: Config): BucketSecrets {
  const load = (): readonly Uint8Array[] =>
    rateLimits.enabled ? readBucketSecrets(rateLimits.secretFile) : [new Uint8Array(32)];
  const textOf = (secrets: readonly Uint8Array[]): string =>
    secrets.map((each) => Buffer.from(each).toString('hex')).join();
  let secrets = load();
  return {
    held: () => secrets,
    refresh() {
      const next = load();
      if (textOf(next) !== textOf(secrets)) secrets = next;
    },
  };
}

/** What is trusted beside the usual authorities, for calls that go out. @throws {StartError} */
export function readCertificates(config: Config): string | null {
  const { caFile } = config.outbound;
  if (caFile === null) return null;
  const text = readFileSync(caFile, 'utf8');
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length > 0 && certificates.every(isCertificate)) return certificates.join('\n');
  throw new StartError(
    `outbound.caFile (${caFile}) does not hold certificates in PEM: no call could be trusted by them. Name a file of blocks that begin with -----BEGIN CERTIFICATE-----.`,
  );
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}

/** IAM-2: nothing permissive by default. Without an administrator and without a mode the server does not start. */
async function prepareBootstrap(config: Config, store: Store): Promise<string | null> {
  if (await store.subjects.hasHolder('default', 'admin')) return null;
  switch (config.iam.bootstrap.mode) {
    case null:
      throw new StartError(
        'There is no administrator yet, and iam.bootstrap.mode is not set. Set iam.bootstrap.mode: link in countersign.yaml (or COUNTERSIGN_IAM__BOOTSTRAP__MODE=link) to be given a one-time set-up link at start.',
      );
    case 'link': {
      const now = systemClock.now();
      const token = systemRandom.token(32);
      await store.oneTimeTokens.create(
        {
          tenant: 'default',
          purpose: 'setup',
          hash: hashSecret('one-time-token', token),
          createdAt: now,
          expiresAt: now + setupLinkSeconds,
        },
        {
          audit: [
            auditEntry(
              { tenant: 'default', at: now, traceId: '' },
              { action: 'setup.link_made', actor: { kind: 'system', id: 'server' } },
            ),
          ],
        },
      );
      return `${config.server.publicUrl}/setup?token=${token}`;
    }
    default:
      throw new StartError(
        `iam.bootstrap.mode ${config.iam.bootstrap.mode} is not served by this version. Set iam.bootstrap.mode: link.`,
      );
  }
}

/** A port that nobody chose may be taken by another instance: then metrics are off, and the log says so. */
async function listenInternally(
  config: Config,
  log: Logger,
  fetch: (request: Request) => Promise<Response>,
): Promise<Listener | null> {
  const { host, port, explicit } = config.server.internalListen;
  try {
    return await listen({ host, port, tls: null, maxHeaderBytes: config.server.maxHeaderBytes, log, fetch });
  } catch (error) {
    if (explicit) throw error;
    log.warn({ port }, 'the internal port is taken: no metrics from this process; set server.internalListen');
    return null;
  }
}

/** Sweeping, tending clients, key rotation, key files and comparing clocks. Each round starts when the one before has ended; a failure is logged and the next round tries again. */
function startBackgroundWork(
  config: Config,
  parts: {
    readonly store: Store;
    readonly app: App;
    readonly clockWatch: ClockWatch;
    readonly vault: LiveVault;
    readonly bucketSecrets: BucketSecrets;
    readonly log: Logger;
  },
): () => Promise<void> {
  const { store, app, clockWatch, vault, bucketSecrets, log } = parts;
  const loops = [
    every(sweepEveryMs, log, 'sweep', async (isEnding) => {
      while (!isEnding() && (await store.maintenance.sweep(systemClock.now(), sweepBatch)) > 0) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }),
    every(sweepEveryMs, log, 'tending clients', (isEnding) => app.tendClients(isEnding)),
    every(config.keys.checkSeconds * 1000, log, 'key rotation', async () => {
      await app.keys.tick();
    }),
    every(readKeysEveryMs, log, 'reading the key files', async () => {
      if (vault.refresh()) log.info({ keys: vault.keyIds() }, 'the envelope keys were exchanged');
      bucketSecrets.refresh();
    }),
    every(compareClocksEveryMs, log, 'comparing clocks', () => clockWatch.compare()),
  ];
  return async () => {
    await Promise.all(loops.map((end) => end()));
  };
}

function every(
  intervalMs: number,
  log: Logger,
  name: string,
  work: (isEnding: () => boolean) => Promise<void>,
): () => Promise<void> {
  let ended = false;
  let round: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const run = (): void => {
    round = work(() => ended)
      .catch((error: unknown) => log.error({ err: error }, `${name} failed; the next round tries again`))
      .finally(() => {
        if (!ended) schedule();
      });
  };
  const schedule = (): void => {
    timer = setTimeout(run, intervalMs);
    timer.unref();
  };
  schedule();
  return async () => {
    ended = true;
    clearTimeout(timer);
    await round;
  };
}
