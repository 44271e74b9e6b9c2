/** Seals anew, under the newest envelope key, what older ones sealed: in small batches, beside running servers. */
import type { Vault } from '../ports.ts';
import {
  type SealedField,
  type SealedFieldName,
  type SealedFieldStore,
  sealedFieldNames,
} from '../storage/ports.ts';
import type { Sealed } from '../storage/secrets.ts';
import { sealingKeyId, VaultError } from './vault.ts';

/** How the context of each field is made of its row: what `seal` was told by those who write it. */
export type SealingContexts = Readonly<Record<SealedFieldName, (tenant: string, id: string) => string>>;

export interface Unopened extends Pick<SealedField, 'tenant' | 'id'> {
  readonly field: SealedFieldName;
  readonly keyId: string | null;
  readonly reason: VaultError['code'];
}

export interface RewrapReport {
  readonly sealedAnew: number;
  /** Named and left as they are; the first hundred. */
  readonly unopened: readonly Unopened[];
  readonly unopenedCount: number;
}

const batchSize = 200;
const namedUnopened = 100;

/**
 * Goes once through every field. It may be interrupted and called again: what lies under the newest key already is passed over. A row
 * that another process writes meanwhile stays as that process wrote it, so that some may be left afterwards: {@link countByKey} tells.
 */
export async function rewrap(parts: {
  readonly store: SealedFieldStore;
  readonly vault: Vault;
  readonly contexts: SealingContexts;
  readonly onProgress: (rows: number) => void;
}): Promise<RewrapReport> {
  const { store, vault, contexts, onProgress } = parts;
  const newest = vault.keyIds()[0];
  const unopened: Unopened[] = [];
  let unopenedCount = 0;
  let sealedAnew = 0;
  for (const name of sealedFieldNames) {
    let after: SealedField | null = null;
    for (;;) {
      const fields: readonly SealedField[] = await store.listAfter(name, after, batchSize);
      const replacements: { field: SealedField; sealed: string }[] = [];
      for (const field of fields) {
        const keyId = sealingKeyId(field.sealed);
        if (keyId === newest) continue;
        const context = contexts[name](field.tenant, field.id);
        try {
          const plaintext = vault.unseal(name, context, field.sealed as Sealed<SealedFieldName>);
          replacements.push({ field, sealed: vault.seal(name, context, plaintext) });
          plaintext.fill(0);
        } catch (error) {
          if (!(error instanceof VaultError)) throw error;
          unopenedCount += 1;
          if (unopened.length < namedUnopened)
            unopened.push({
              field: name,
              tenant: field.tenant,
              id: field.id,
              keyId: keyId ?? null,
              reason: error.code,
            });
        }
      }
      if (replacements.length > 0) sealedAnew += await store.replace(name, replacements);
      onProgress(fields.length);
      after = fields.at(-1) ?? null;
      if (fields.length < batchSize) break;
    }
  }
  return { sealedAnew, unopened, unopenedCount };
}

/** Rows of every field by the id of the envelope key that they lie under. */
export async function countByKey(store: SealedFieldStore): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const name of sealedFieldNames) {
    for (const [keyId, rows] of Object.entries(await store.count(name)))
      counts.set(keyId, (counts.get(keyId) ?? 0) + rows);
  }
  return counts;
}
