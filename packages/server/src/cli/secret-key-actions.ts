/** The keys beside the signing keys: the envelope keys, what is derived from them, and the keys of the rate-limit buckets. */
import { existsSync } from 'node:fs';
import { auditEntry } from '../audit/entry.ts';
import { originSealingContext } from '../device/origin.ts';
import { addBucketSecret, dropOldBucketSecrets } from '../keys/bucket-secrets.ts';
import { addEnvelopeKey, dropOldEnvelopeKeys, loadEnvelopeKeys } from '../keys/envelope.ts';
import type { KeyFileChange } from '../keys/key-file.ts';
import { sealingContext } from '../keys/manager.ts';
import { countByKey, type RewrapReport, rewrap, type SealingContexts } from '../keys/rewrap.ts';
import type { Hashed } from '../storage/secrets.ts';
import { auditKeySealingContext } from '../subjects/audit-key.ts';
import { familySealingContext } from '../tokens/refresh-token.ts';
import { type CommonOptions, present } from './command.ts';
import { CommandError } from './command-error.ts';
import { type Instance, withInstance } from './instance.ts';
import { createProgressBar } from './progress-bar.ts';
import { counted, formatDuration } from './table.ts';
import { paint, type Terminal } from './terminal.ts';

export const sealingContexts: SealingContexts = {
  'signing-key': (tenant) => sealingContext(tenant),
  'subject-audit-key': auditKeySealingContext,
  'refresh-family-secret': familySealingContext,
  'device-origin': (tenant, id) => originSealingContext({ tenant, hash: id as Hashed<'device-code'> }),
};

/** Buckets are full again, and thereby forgotten, after at most so long. */
const longestBucketSeconds = 3600;
const marginSeconds = 60;

export async function rotateSecrets(terminal: Terminal, options: CommonOptions): Promise<void> {
  await withInstance(terminal, options, async (instance) => {
    const { config, requester } = instance;
    const { envelopeKeyFile } = config.secrets;
    const { secretFile } = config.rateLimits;
    const { now } = requester();
    const [previous] = loadEnvelopeKeys(envelopeKeyFile);
    const begun: KeyFileChange[] = [];
    try {
      const envelope = addEnvelopeKey(envelopeKeyFile, now);
      begun.push(envelope);
      const hasBuckets = existsSync(secretFile);
      if (hasBuckets) begun.push(addBucketSecret(secretFile, now));
      // Before the files change: a rotation that is recorded and did not happen is better than one that nobody knows of.
      await record(instance, 'secrets.rotated', {
        envelopeKey: envelope.added.id,
        previous: previous?.id ?? '',
        buckets: hasBuckets,
      });
      while (begun.length > 0) begun.shift()?.commit();
      present(
        terminal,
        options,
        {
          envelope_key: envelope.added.id,
          previous: previous?.id ?? null,
          buckets_rotated: hasBuckets,
          overlap_seconds: overlapSeconds(instance),
        },
        () => [
          `${paint(terminal, 'ok', 'Rotated')}: the envelope key ${envelope.added.id} seals from now on, and the keys of forms and device codes go with it${hasBuckets ? '; so was the key of the rate-limit buckets' : ''}.`,
          '  Running servers take it up within seconds; what the old keys made is accepted further.',
          `  Copy ${envelopeKeyFile} to every node and to where its backup lies. Then: countersign key rewrap`,
        ],
      );
    } finally {
      for (const change of begun) change.abandon();
    }
  });
}

export async function rewrapSecrets(
  terminal: Terminal,
  options: CommonOptions & { dropOld?: boolean },
): Promise<void> {
  await withInstance(terminal, options, async (instance) => {
    const { store, vault } = instance;
    const before = await countByKey(store.sealedFields);
    const total = [...before.values()].reduce((sum, rows) => sum + rows, 0);
    const bar = createProgressBar('Sealing anew', total);
    const report = await rewrap({
      store: store.sealedFields,
      vault,
      contexts: sealingContexts,
      onProgress: bar.advance,
    }).finally(bar.end);
    const counts = await countByKey(store.sealedFields);
    const [newest = '', ...old] = vault.keyIds();
    const left = [...counts].filter(([keyId]) => keyId !== newest);
    await record(instance, 'secrets.rewrapped', { envelopeKey: newest, rows: report.sealedAnew });
    const dropped = options.dropOld === true && left.length === 0 ? await dropOld(instance, old) : [];
    present(
      terminal,
      options,
      {
        envelope_key: newest,
        sealed_anew: report.sealedAnew,
        rows_by_key: Object.fromEntries(counts),
        unopened: report.unopened,
        unopened_count: report.unopenedCount,
        dropped,
      },
      () => [
        `${counted(report.sealedAnew, 'value')} sealed anew under ${newest}.`,
        ...[...counts].map(
          ([keyId, rows]) => `  ${keyId}  ${counted(rows, 'value')}${keyId === newest ? '' : ' left'}`,
        ),
        ...report.unopened.map(
          ({ field, tenant, id, reason }) =>
            `  does not open (${reason}): ${field} of ${id} in the tenant ${tenant}`,
        ),
        ...(dropped.length === 0
          ? []
          : [`Dropped: ${dropped.join(', ')}. Backups from before open only with a copy of the old file.`]),
      ],
    );
    refuseRest(report, left);
  });
}

function refuseRest({ unopenedCount }: RewrapReport, left: readonly (readonly [string, number])[]): void {
  if (left.length === 0) return;
  throw new CommandError(
    'left_under_old_keys',
    unopenedCount > 0
      ? `${counted(unopenedCount, 'value')} did not open and stayed as they were.`
      : 'A running server sealed something under an old key meanwhile.',
    unopenedCount > 0
      ? 'Put the envelope key named above back into the key file, or restore the rows from a backup. The old keys are kept.'
      : 'Run the command again.',
  );
}

/** @throws {CommandError} `overlap` while something that only lives for a while may need them */
async function dropOld(instance: Instance, old: readonly string[]): Promise<readonly string[]> {
  if (old.length === 0) return [];
  const { config, requester } = instance;
  const [newest] = loadEnvelopeKeys(config.secrets.envelopeKeyFile);
  const waitSeconds = (newest?.since ?? 0) + overlapSeconds(instance) - requester().now;
  if (waitSeconds > 0) {
    throw new CommandError(
      'overlap',
      `The old keys are needed for another ${formatDuration(waitSeconds)}: by forms that people have open, device codes and rate-limit buckets.`,
      'Everything is sealed under the new key; drop the old ones later: countersign key rewrap --drop-old',
    );
  }
  const changes: KeyFileChange[] = [];
  try {
    changes.push(dropOldEnvelopeKeys(config.secrets.envelopeKeyFile));
    if (existsSync(config.rateLimits.secretFile))
      changes.push(dropOldBucketSecrets(config.rateLimits.secretFile));
    await record(instance, 'secrets.dropped', { envelopeKeys: old.join(' ') });
    while (changes.length > 0) changes.shift()?.commit();
  } finally {
    for (const change of changes) change.abandon();
  }
  return old;
}

/** The longest life of what a key made that is not in the store, or not sealed there. */
function overlapSeconds({ config: { lifetimes } }: Instance): number {
  return (
    Math.max(lifetimes.interactionSeconds, lifetimes.deviceCodeSeconds, longestBucketSeconds) + marginSeconds
  );
}

async function record(
  { store, requester }: Instance,
  action: string,
  details: Readonly<Record<string, string | number | boolean>>,
): Promise<void> {
  const { actor, traceId, now } = requester();
  await store.audit.append([auditEntry({ tenant: '_system', at: now, traceId }, { action, actor, details })]);
}
