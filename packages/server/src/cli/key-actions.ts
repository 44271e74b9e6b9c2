import { readFileSync } from 'node:fs';
import type { KeyState, SigningKeyRecord } from '../storage/index.ts';
import { type CommonOptions, present, type TenantOption } from './command.ts';
import { withInstance } from './instance.ts';
import { counted, formatDuration, formatTime, table } from './table.ts';
import { paint, type Terminal } from './terminal.ts';

type Options = CommonOptions & TenantOption;

const stateColors: Readonly<Record<KeyState, 'ok' | 'warn' | undefined>> = {
  logged: undefined,
  next: 'warn',
  current: 'ok',
  retired: undefined,
};

export async function listKeys(terminal: Terminal, options: Options): Promise<void> {
  await withInstance(terminal, options, async ({ tenants, store }) => {
    const tenant = await tenants.get(options.tenant);
    const keys = await store.keys.list(tenant.id);
    const newestFirst = keys.toSorted(
      (a, b) => a.algorithm.localeCompare(b.algorithm) || b.version - a.version,
    );
    present(terminal, options, { keys: newestFirst.map(toJson) }, () => [
      keys.length === 0
        ? `The tenant ${tenant.id} has no keys yet; the first is made when it is first used.`
        : `${counted(keys.length, 'key')} of the tenant ${tenant.id}.`,
      ...(keys.length === 0
        ? []
        : table(
            ['KID', 'ALG', 'STATE', 'PUBLISHED', 'SIGNS SINCE', 'RETIRED'],
            newestFirst.map((key) => row(terminal, key)),
          )),
    ]);
  });
}

export async function rotateKey(
  terminal: Terminal,
  options: Options & { alg?: string; emergency?: boolean },
): Promise<void> {
  await withInstance(terminal, options, async (instance) => {
    const tenant = await instance.tenants.get(options.tenant);
    const algorithm = options.alg ?? tenant.settings.defaultSigningAlgorithm;
    const { traceId, actor } = instance.requester();
    const keys = await instance.keyManager();
    const emergency = options.emergency === true;
    const result = await keys.rotate(tenant.id, algorithm, { emergency, traceId, operator: actor.id });
    const base = { outcome: result.outcome, tenant: tenant.id, algorithm, kid: result.kid };
    if (result.outcome === 'promoted') {
      present(terminal, options, { ...base, previous: result.previous, emergency }, () => [
        `${paint(terminal, 'ok', 'Rotated')}: ${result.kid} signs for the tenant ${tenant.id}.`,
        ...(result.previous === null
          ? []
          : [
              `  ${result.previous} is retired and stays published ${formatDuration(instance.config.keys.retiredSeconds)}.`,
            ]),
        ...(emergency
          ? [
              '  It did not wait for publication: clients that cache our keys may refuse its tokens for a while.',
            ]
          : []),
      ]);
    } else {
      present(terminal, options, { ...base, signs_after_seconds: result.signsAfterSeconds }, () => [
        `${paint(terminal, 'warn', 'Not yet')}: ${result.kid} is published; it signs ${formatDuration(result.signsAfterSeconds)} from now.`,
        '  It waits so that clients that cache our keys know it. Without waiting: countersign key rotate --emergency',
      ]);
    }
  });
}

export async function importKey(
  terminal: Terminal,
  options: Options & { pem: string; alg?: string },
): Promise<void> {
  const pem = readFileSync(options.pem, 'utf8');
  await withInstance(terminal, options, async (instance) => {
    const tenant = await instance.tenants.get(options.tenant);
    const { traceId, actor } = instance.requester();
    const keys = await instance.keyManager();
    const key = await keys.import(tenant.id, options.alg ?? tenant.settings.defaultSigningAlgorithm, pem, {
      traceId,
      operator: actor.id,
    });
    present(terminal, options, toJson(key), () => [
      `Imported ${key.kid} for the tenant ${tenant.id}; it is ${key.state}.`,
      `  Delete ${options.pem} now, or keep it where only you can read it.`,
    ]);
  });
}

function toJson(key: SigningKeyRecord): Record<string, unknown> {
  return {
    kid: key.kid,
    tenant: key.tenant,
    algorithm: key.algorithm,
    version: key.version,
    state: key.state,
    created_at: key.createdAt,
    published_at: key.publishedAt,
    activated_at: key.activatedAt,
    retired_at: key.retiredAt,
    public_jwk: key.publicJwk,
  };
}

function row(terminal: Terminal, key: SigningKeyRecord): readonly string[] {
  const color = stateColors[key.state];
  const state = color === undefined ? key.state : paint(terminal, color, key.state);
  return [
    key.kid,
    key.algorithm,
    state,
    formatTime(key.publishedAt),
    formatTime(key.activatedAt),
    formatTime(key.retiredAt),
  ];
}
