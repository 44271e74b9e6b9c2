/** Key managers over one real store with a steered clock, and a verifier as the outside has it. */
import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { encodeJws, joinJws, parseJws, verifyJwsSync } from '@countersign/protocol/jose';
import type { Signer } from '../ports.ts';
import type { SigningKeyRecord, Store } from '../storage/ports.ts';
import type { TestStore } from '../testing/store.ts';
import type { KeyTimes } from './lifecycle.ts';
import { createLocalSigner, SignerError } from './local-signer.ts';
import { createKeyManager, type KeyManager } from './manager.ts';

export const day = 86_400;
const times: KeyTimes = { rotationSeconds: 90 * day, publishSeconds: day, retiredSeconds: 7 * day };
export const byOperator = { emergency: false, traceId: 'trace', operator: 'ada' };

/** `store` and `signer`: others than the usual ones. */
export function manage(
  opened: TestStore,
  change: Partial<KeyTimes> & {
    readonly store?: Store;
    readonly signer?: Partial<Signer>;
    readonly mlDsa?: boolean;
  } = {},
): KeyManager {
  const { store = opened.store, signer, mlDsa = true, ...changedTimes } = change;
  return createKeyManager({
    store: store.keys,
    changes: store.changes,
    signer: { ...createLocalSigner({ vault: opened.vault }), ...signer },
    clock: opened.clock,
    times: { ...times, ...changedTimes },
    features: { mlDsa },
    environment: 'staging',
  });
}

export async function sign(manager: KeyManager, tenant: string, algorithm = 'ES256'): Promise<string> {
  const key = await manager.signingKey(tenant, algorithm);
  const { signingInput } = encodeJws({ alg: algorithm as 'ES256', kid: key.kid }, { sub: 'x' });
  return joinJws(signingInput, await key.sign(signingInput));
}

/** As a verifier does: the key is found by its kid among what the tenant publishes. */
export async function verifies(manager: KeyManager, tenant: string, token: string): Promise<boolean> {
  const jws = parseJws(token);
  const key = (await manager.published(tenant)).verification.get(jws.header.kid ?? '');
  return key !== undefined && verifyJwsSync(jws, key);
}

export const states = (keys: readonly SigningKeyRecord[]): string =>
  keys.map(({ version, state }) => `v${version} ${state}`).join(', ');
export const publishedKids = async (manager: KeyManager, tenant: string): Promise<readonly unknown[]> =>
  (await manager.published(tenant)).jwks.keys.map(({ kid }) => kid);

export function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }) as string;
}

export async function refusal(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => assert.fail('not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SignerError, String(error));
  return error.code;
}
