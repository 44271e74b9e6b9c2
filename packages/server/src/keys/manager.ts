/**
 * Signing keys of every tenant: made on first use, logged before they are published, published before they sign,
 * rotated on schedule and on demand by whichever process comes first, and followed by all through the change feed.
 */
import { randomBytes } from 'node:crypto';
import {
  findSigningAlgorithm,
  importVerificationKey,
  type Jwk,
  parseJwk,
  thumbprint,
  type VerificationKey,
} from '@countersign/protocol/jose';
import type { Clock, GeneratedKey, Signer } from '../ports.ts';
import type { ChangeFeed, SigningKeyRecord, SigningKeyStore } from '../storage/ports.ts';
import { createRecordCache } from '../storage/record-cache.ts';
import { type Cause, keyEntry, rotationEvent, scheduled } from './key-trail.ts';
import { type KeyTimes, nextStep, renewalTime } from './lifecycle.ts';
import { SignerError } from './local-signer.ts';
import { type Features, isSwitchedOn } from './offered.ts';

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  sign(signingInput: string): Promise<Uint8Array> | Uint8Array;
}

export interface PublishedKeys {
  /** RFC 7517 set: next, current and retired keys of the tenant. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly verification: ReadonlyMap<string, VerificationKey>;
}

export type RotationResult =
  | { readonly outcome: 'promoted'; readonly kid: string; readonly previous: string | null }
  | { readonly outcome: 'published'; readonly kid: string; readonly signsAfterSeconds: number };

export interface KeyManager {
  /**
   * The current key; made, logged, published and promoted when the tenant has none of this algorithm.
   * @throws {SignerError} `disabled_algorithm` for one behind a switch that is off
   */
  signingKey(tenant: string, algorithm: string): Promise<SigningKey>;
  /** Makes sure a key of this algorithm exists and is published. */
  ensure(tenant: string, algorithm: string): Promise<void>;
  /** Without the keys of an algorithm that is switched off: what they signed is not believed either. */
  published(tenant: string): Promise<PublishedKeys>;
  list(tenant: string): Promise<readonly SigningKeyRecord[]>;
  /** Promotes the next key if it has waited; else makes or names it. `emergency` does not wait. */
  rotate(
    tenant: string,
    algorithm: string,
    options: { readonly emergency: boolean; readonly traceId: string; readonly operator: string },
  ): Promise<RotationResult>;
  /** An imported key goes through the same stages. Throws SignerError `weak_key` and the like, or `duplicate_key`. */
  import(
    tenant: string,
    algorithm: string,
    pem: string,
    options: { readonly traceId: string; readonly operator: string },
  ): Promise<SigningKeyRecord>;
  /**
   * Brings every key that is due to rest; called on a timer by each process. Answers how many steps were taken. A tenant
   * that fails does not hold up the others.
   * @throws {AggregateError} of what failed, after all were tried
   */
  tick(): Promise<number>;
  close(): void;
}

interface TenantKeys extends PublishedKeys {
  readonly current: ReadonlyMap<string, SigningKey>;
}

const maxStepsPerRound = 20;
const dueBatch = 100;
/** How long a tenant whose keys could not be brought to rest is left alone. */
const retrySeconds = 60;

export function createKeyManager(parts: {
  readonly store: SigningKeyStore;
  readonly changes: ChangeFeed;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly times: KeyTimes;
  readonly features: Features;
  /** Part of every kid, so that a key of one environment is never mistaken for one of another. */
  readonly environment: string;
}): KeyManager {
  const { store, changes, signer, clock, times, features, environment } = parts;
  const cache = createRecordCache<TenantKeys>({
    changes,
    topics: ['key'],
    limit: 10_000,
    load: async (tenant) => assemble(await store.list(tenant)),
    keyOf: (change) => change.tenant,
  });
  const making = new Map<string, Promise<SigningKey>>();

  function assemble(records: readonly SigningKeyRecord[]): TenantKeys {
    const visible = records
      .filter((record) => record.state !== 'logged' && isSwitchedOn(record.algorithm, features))
      .sort((a, b) => b.version - a.version);
    const verification = new Map<string, VerificationKey>();
    const current = new Map<string, SigningKey>();
    const jwks: Jwk[] = [];
    for (const record of visible) {
      const jwk = parseJwk(record.publicJwk);
      jwks.push(jwk);
      verification.set(record.kid, importVerificationKey(jwk, record.algorithm));
      if (record.state === 'current') current.set(record.algorithm, handle(record));
    }
    return { jwks: { keys: jwks.map((jwk) => ({ ...jwk })) }, verification, current };
  }

  function handle(record: SigningKeyRecord): SigningKey {
    return {
      kid: record.kid,
      algorithm: record.algorithm,
      sign: (signingInput) =>
        signer.sign(record.algorithm, record.privateKey, sealingContext(record.tenant), signingInput),
    };
  }

  async function log(
    tenant: string,
    algorithm: string,
    version: number,
    made: GeneratedKey,
    cause: Cause,
  ): Promise<'logged' | 'exists' | 'duplicate'> {
    const now = clock.now();
    const kid = kidFor(environment, tenant, algorithm, version);
    const publicJwk = { ...made.publicJwk, kid, alg: algorithm, use: 'sig' };
    const record: SigningKeyRecord = {
      tenant,
      kid,
      algorithm,
      version,
      state: 'logged',
      publicJwk,
      thumbprint: thumbprint(parseJwk(publicJwk)),
      privateKey: made.privateKey,
      createdAt: now,
      publishedAt: 0,
      activatedAt: 0,
      retiredAt: 0,
      dueAt: now,
    };
    const details = { algorithm, version, thumbprint: record.thumbprint };
    return store.log(record, keyEntry('key.logged', record, now, cause, details));
  }

  /** Runs due steps until the keys of this tenant and algorithm are at rest. Safe on any number of processes at once. */
  async function settle(tenant: string, algorithm: string, cause: Cause): Promise<number> {
    let steps = 0;
    for (; steps < maxStepsPerRound; steps += 1) {
      const keys = (await store.list(tenant)).filter((key) => key.algorithm === algorithm);
      const now = clock.now();
      const due = nextStep(keys, now, times);
      if (due === undefined) break;
      switch (due.step) {
        case 'create':
          await log(
            tenant,
            algorithm,
            newestVersion(keys) + 1,
            await signer.generate(algorithm, sealingContext(tenant)),
            cause,
          );
          break;
        case 'publish':
          await publish(due.key, now, cause);
          break;
        case 'promote':
          await promote(due.key, now, cause);
          break;
        case 'remove':
          await store.remove(tenant, due.key.kid, { audit: [keyEntry('key.removed', due.key, now, cause)] });
          break;
      }
    }
    return steps;
  }

  async function publish(key: SigningKeyRecord, now: number, cause: Cause): Promise<void> {
    const entry = keyEntry('key.published', key, now, cause, { algorithm: key.algorithm });
    await store.publish(key.tenant, key.kid, now, now + times.publishSeconds, { audit: [entry] });
  }

  async function promote(key: SigningKeyRecord, now: number, cause: Cause): Promise<boolean> {
    const entry = keyEntry('key.activated', key, now, cause, { algorithm: key.algorithm });
    const event = rotationEvent(randomBytes(16).toString('base64url'), key, now);
    const activated: SigningKeyRecord = { ...key, activatedAt: now };
    return store.promote(
      key.tenant,
      key.kid,
      { activatedAt: now, dueAt: renewalTime(activated, times), retiredDueAt: now + times.retiredSeconds },
      { audit: [entry], events: [event] },
    );
  }

  /** The message may be shown to whoever asked. */
  function refuseSwitchedOff(algorithm: string): void {
    const isKnown = findSigningAlgorithm(algorithm) !== undefined;
    if (!isKnown || isSwitchedOn(algorithm, features)) return;
    throw new SignerError(
      'disabled_algorithm',
      `${algorithm} is experimental and switched off: set features.mlDsa`,
    );
  }

  async function signingKey(tenant: string, algorithm: string): Promise<SigningKey> {
    const ready = (await cache.get(tenant)).current.get(algorithm);
    return ready ?? (await makeFirst(tenant, algorithm));
  }

  /** Those who need the first key at the same time wait for one that is being made: RSA takes a core for a while. */
  function makeFirst(tenant: string, algorithm: string): Promise<SigningKey> {
    refuseSwitchedOff(algorithm);
    const name = roomName(tenant, algorithm);
    const pending = making.get(name) ?? make(tenant, algorithm).finally(() => making.delete(name));
    making.set(name, pending);
    return pending;
  }

  async function make(tenant: string, algorithm: string): Promise<SigningKey> {
    await settle(tenant, algorithm, scheduled);
    // From the store: when another process made the key, the cache hears of it a little later.
    const made = assemble(await store.list(tenant)).current.get(algorithm);
    if (made === undefined)
      throw new SignerError('conflict', `no ${algorithm} key could be brought into use`);
    return made;
  }

  /** Looks at due keys again at `dueAt`, unless a step has moved them or another process came first. */
  async function postpone(due: readonly SigningKeyRecord[], dueAt: number): Promise<void> {
    for (const key of due) await store.defer(key.tenant, key.kid, key.dueAt, dueAt);
  }

  return {
    signingKey,

    async ensure(tenant, algorithm) {
      await signingKey(tenant, algorithm);
    },

    async published(tenant) {
      return cache.get(tenant);
    },

    list: (tenant) => store.list(tenant),

    async rotate(tenant, algorithm, options) {
      const cause: Cause = options;
      await signingKey(tenant, algorithm);
      for (let attempt = 0; attempt < maxStepsPerRound; attempt += 1) {
        const keys = (await store.list(tenant)).filter((key) => key.algorithm === algorithm);
        const now = clock.now();
        const logged = keys.find((key) => key.state === 'logged');
        const next = keys.find((key) => key.state === 'next');
        if (logged !== undefined) {
          await publish(logged, now, cause);
        } else if (next === undefined) {
          await log(
            tenant,
            algorithm,
            newestVersion(keys) + 1,
            await signer.generate(algorithm, sealingContext(tenant)),
            cause,
          );
        } else {
          const waitSeconds = next.publishedAt + times.publishSeconds - now;
          if (waitSeconds > 0 && !options.emergency) {
            return { outcome: 'published', kid: next.kid, signsAfterSeconds: waitSeconds };
          }
          const previous = keys.find((key) => key.state === 'current')?.kid ?? null;
          if (await promote(next, now, cause)) return { outcome: 'promoted', kid: next.kid, previous };
        }
      }
      throw new SignerError('conflict', 'other processes kept changing the keys; try again');
    },

    async import(tenant, algorithm, pem, options) {
      refuseSwitchedOff(algorithm);
      const made = await signer.adopt(algorithm, pem, sealingContext(tenant));
      const keys = (await store.list(tenant)).filter((key) => key.algorithm === algorithm);
      const version = newestVersion(keys) + 1;
      const logged = await log(tenant, algorithm, version, made, options);
      if (logged === 'duplicate') {
        throw new SignerError('duplicate_key', 'this key is here already, and no two tenants share one');
      }
      if (logged === 'exists') {
        throw new SignerError('conflict', 'another key was being made at the same moment; try again');
      }
      await settle(tenant, algorithm, options);
      const stored = (await store.list(tenant)).find(
        (key) => key.algorithm === algorithm && key.version === version,
      );
      if (stored === undefined) throw new SignerError('conflict', 'the key was removed meanwhile');
      return stored;
    },

    async tick() {
      const rooms = Map.groupBy(await store.listDue(clock.now(), dueBatch), (key) =>
        roomName(key.tenant, key.algorithm),
      );
      const failures: unknown[] = [];
      let steps = 0;
      for (const due of rooms.values()) {
        const [first] = due;
        if (first === undefined) continue;
        const { tenant, algorithm } = first;
        try {
          // What is switched off rests: its keys come back as they were.
          if (isSwitchedOn(algorithm, features)) steps += await settle(tenant, algorithm, scheduled);
          // A step has moved its key's `dueAt`. What had no step is a current key whose successor waits.
          await postpone(due, clock.now() + Math.max(times.publishSeconds, 1));
        } catch (error) {
          failures.push(new Error(`the ${algorithm} keys of tenant ${tenant}`, { cause: error }));
          await postpone(due, clock.now() + retrySeconds);
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, 'some keys could not be rotated');
      return steps;
    },

    close: () => cache.close(),
  };
}

function roomName(tenant: string, algorithm: string): string {
  return `${tenant} ${algorithm}`;
}

function newestVersion(keys: readonly SigningKeyRecord[]): number {
  return keys.reduce((newest, key) => Math.max(newest, key.version), 0);
}

/** Binds a sealed key to its tenant: moved to another row of another tenant it does not open. */
export function sealingContext(tenant: string): string {
  return `signing-key ${tenant}`;
}

/** Tells environment, tenant, algorithm and version; the random end keeps a re-created instance from repeating one. */
function kidFor(environment: string, tenant: string, algorithm: string, version: number): string {
  return `${environment}.${tenant}.${algorithm.toLowerCase()}.v${version}.${randomBytes(4).toString('hex')}`;
}
