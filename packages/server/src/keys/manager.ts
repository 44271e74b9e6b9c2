/**
 * Signing keys of every tenant: made on first use, logged before they are published, published before they sign,
 * rotated on schedule and on demand by whichever process comes first, and followed by all through the change feed.
 */
import { randomBytes } from 'node:crypto';
import {
  importVerificationKey,
  type Jwk,
  parseJwk,
  thumbprint,
  type VerificationKey,
} from '@countersign/protocol/jose';
import type { AuditEntry } from '../audit/record.ts';
import type { Clock, GeneratedKey, Signer } from '../ports.ts';
import type { ChangeFeed, SigningKeyRecord, SigningKeyStore } from '../storage/ports.ts';
import { createRecordCache } from '../storage/record-cache.ts';
import { type KeyTimes, nextStep, renewalTime } from './lifecycle.ts';
import { SignerError } from './local-signer.ts';

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
  /** The current key; made, logged, published and promoted when the tenant has none of this algorithm. */
  signingKey(tenant: string, algorithm: string): Promise<SigningKey>;
  /** Makes sure a key of this algorithm exists and is published. */
  ensure(tenant: string, algorithm: string): Promise<void>;
  published(tenant: string): Promise<PublishedKeys>;
  list(tenant: string): Promise<readonly SigningKeyRecord[]>;
  /** Promotes the next key if it has waited; else makes or names it. `emergency` does not wait. */
  rotate(tenant: string, algorithm: string, options: { readonly emergency: boolean; readonly traceId: string; readonly operator: string }): Promise<RotationResult>;
  /** An imported key goes through the same stages. Throws SignerError `weak_key` and the like, or `duplicate_key`. */
  import(tenant: string, algorithm: string, pem: string, options: { readonly traceId: string; readonly operator: string }): Promise<SigningKeyRecord>;
  /** Brings every key that is due to rest; called on a timer by each process. Answers how many steps were taken. */
  tick(): Promise<number>;
}

interface TenantKeys extends PublishedKeys {
  readonly current: ReadonlyMap<string, SigningKey>;
}

const maxStepsPerRound = 20;

export function createKeyManager(parts: {
  readonly store: SigningKeyStore;
  readonly changes: ChangeFeed;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly times: KeyTimes;
  /** Part of every kid, so that a key of one environment is never mistaken for one of another. */
  readonly environment: string;
}): KeyManager {
  const { store, changes, signer, clock, times, environment } = parts;
  const cache = createRecordCache<TenantKeys>({
    changes,
    topics: ['key'],
    limit: 10_000,
    load: async (tenant) => assemble(await store.list(tenant)),
    keyOf: (change) => change.tenant,
  });

  function assemble(records: readonly SigningKeyRecord[]): TenantKeys {
    const visible = records.filter((record) => record.state !== 'logged').sort((a, b) => b.version - a.version);
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
      sign: (signingInput) => signer.sign(record.algorithm, record.privateKey, sealingContext(record.tenant), signingInput),
    };
  }

  async function log(tenant: string, algorithm: string, version: number, made: GeneratedKey, cause: Cause): Promise<boolean> {
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
      privateKey: made.privateKey,
      createdAt: now,
      publishedAt: 0,
      activatedAt: 0,
      retiredAt: 0,
      dueAt: now,
    };
    const entry = auditEntry(tenant, 'key.logged', kid, now, cause, {
      algorithm,
      version,
      thumbprint: thumbprint(parseJwk(publicJwk)),
    });
    return (await store.log(record, entry)) === 'logged';
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
          await log(tenant, algorithm, newestVersion(keys) + 1, await signer.generate(algorithm, sealingContext(tenant)), cause);
          break;
        case 'publish':
          await publish(due.key, now, cause);
          break;
        case 'promote':
          await promote(due.key, now, cause);
          break;
        case 'remove':
          await store.remove(tenant, due.key.kid, { audit: [auditEntry(tenant, 'key.removed', due.key.kid, now, cause, {})] });
          break;
      }
    }
    return steps;
  }

  async function publish(key: SigningKeyRecord, now: number, cause: Cause): Promise<void> {
    const entry = auditEntry(key.tenant, 'key.published', key.kid, now, cause, { algorithm: key.algorithm });
    await store.publish(key.tenant, key.kid, now, now + times.publishSeconds, { audit: [entry] });
  }

  async function promote(key: SigningKeyRecord, now: number, cause: Cause): Promise<boolean> {
    const entry = auditEntry(key.tenant, 'key.activated', key.kid, now, cause, { algorithm: key.algorithm });
    const event = {
      id: randomBytes(16).toString('base64url'),
      tenant: key.tenant,
      type: 'key.rotated',
      at: now,
      subject: null,
      data: { kid: key.kid, algorithm: key.algorithm },
    };
    const activated: SigningKeyRecord = { ...key, activatedAt: now };
    return store.promote(
      key.tenant,
      key.kid,
      { activatedAt: now, dueAt: renewalTime(activated, times), retiredDueAt: now + times.retiredSeconds },
      { audit: [entry], events: [event] },
    );
  }

  async function signingKey(tenant: string, algorithm: string): Promise<SigningKey> {
    const ready = (await cache.get(tenant)).current.get(algorithm);
    if (ready !== undefined) return ready;
    await settle(tenant, algorithm, { traceId: '', operator: null });
    const made = (await cache.get(tenant)).current.get(algorithm);
    if (made === undefined) throw new SignerError('unsupported_algorithm', `no ${algorithm} key could be made`);
    return made;
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
      const current = await signingKey(tenant, algorithm);
      for (let attempt = 0; attempt < maxStepsPerRound; attempt += 1) {
        const keys = (await store.list(tenant)).filter((key) => key.algorithm === algorithm);
        const now = clock.now();
        const logged = keys.find((key) => key.state === 'logged');
        const next = keys.find((key) => key.state === 'next');
        if (logged !== undefined) {
          await publish(logged, now, cause);
        } else if (next === undefined) {
          await log(tenant, algorithm, newestVersion(keys) + 1, await signer.generate(algorithm, sealingContext(tenant)), cause);
        } else {
          const waitSeconds = next.publishedAt + times.publishSeconds - now;
          if (waitSeconds > 0 && !options.emergency) {
            return { outcome: 'published', kid: next.kid, signsAfterSeconds: waitSeconds };
          }
          if (await promote(next, now, cause)) return { outcome: 'promoted', kid: next.kid, previous: current.kid };
        }
      }
      throw new SignerError('unsupported_algorithm', 'other processes kept changing the keys; try again');
    },

    async import(tenant, algorithm, pem, options) {
      const made = await signer.adopt(algorithm, pem, sealingContext(tenant));
      const mark = thumbprint(parseJwk(made.publicJwk));
      const keys = await store.list(tenant);
      if (keys.some((key) => thumbprint(parseJwk(key.publicJwk)) === mark)) {
        throw new SignerError('duplicate_key', 'this tenant has this key already');
      }
      const version = newestVersion(keys.filter((key) => key.algorithm === algorithm)) + 1;
      if (!(await log(tenant, algorithm, version, made, options))) {
        throw new SignerError('conflict', 'another key was being made at the same moment; try again');
      }
      await settle(tenant, algorithm, options);
      const stored = (await store.list(tenant)).find((key) => key.algorithm === algorithm && key.version === version);
      if (stored === undefined) throw new SignerError('conflict', 'the key was removed meanwhile');
      return stored;
    },

    async tick() {
      const due = await store.listDue(clock.now(), 100);
      const rooms = new Map(due.map((key) => [`${key.tenant} ${key.algorithm}`, key]));
      let steps = 0;
      for (const key of rooms.values()) {
        steps += await settle(key.tenant, key.algorithm, { traceId: '', operator: null });
      }
      // A step has moved its key's `dueAt`. What had no step (a current key whose successor waits) is looked at later.
      const later = clock.now() + Math.max(times.publishSeconds, 1);
      for (const key of due) await store.defer(key.tenant, key.kid, key.dueAt, later);
      return steps;
    },
  };
}

interface Cause {
  readonly traceId: string;
  readonly operator: string | null;
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

function auditEntry(
  tenant: string,
  action: string,
  kid: string,
  at: number,
  cause: Cause,
  details: AuditEntry['details'],
): AuditEntry {
  return {
    tenant,
    at,
    action,
    actor: cause.operator === null ? { kind: 'system', id: 'keys' } : { kind: 'operator', id: cause.operator },
    target: { kind: 'key', id: kid },
    outcome: 'ok',
    reason: null,
    traceId: cause.traceId,
    details,
    personal: null,
  };
}
