/**
 * How the rest of the program writes audit records: builds entries, seals what is personal, and hands the records of
 * stateless issuances to the batch, so that the issuing path makes no synchronous write.
 */
import { createCipheriv, randomBytes } from 'node:crypto';
import type { RequestContext } from '../http/context.ts';
import type { Vault } from '../ports.ts';
import type { SubjectRecord } from '../storage/ports.ts';
import type { Sealed } from '../storage/secrets.ts';
import type { Logger } from '../telemetry/log.ts';
import { createAuditBatch } from './batch.ts';
import { type AuditFacts, auditEntry } from './entry.ts';
import type { AuditEntry, AuditStore } from './record.ts';

type Scene = Pick<RequestContext, 'tenant' | 'now' | 'traceId'>;

export interface AuditLog {
  /** An entry for the trail of the write that it is about. */
  entry(context: Scene, facts: AuditFacts): AuditEntry;
  /**
   * A stateless event: written within 20 ms, or before this resolves where the tenant asks for `strict`.
   * @throws {StorageError} while the store takes no records: then what the record is about must not happen
   */
  record(context: Scene, facts: AuditFacts): Promise<void> | undefined;
  /** Seals values about a person under that person's own key; destroying the key makes them unreadable. */
  sealPersonal(subject: SubjectRecord, values: Readonly<Record<string, string>>): AuditEntry['personal'];
  /** Writes what is waiting. @throws {StorageError} when it cannot be written; it goes on waiting */
  flush(): Promise<void>;
  /** The last flush. What the store does not take goes to the log, record by record. Does not throw. */
  close(): Promise<void>;
}

export function createAuditLog(parts: {
  readonly store: AuditStore;
  readonly vault: Vault;
  readonly log: Logger;
}): AuditLog {
  const { store, vault, log } = parts;
  const batch = createAuditBatch({ store, log });

  const entry = (context: Scene, facts: AuditFacts): AuditEntry =>
    auditEntry({ tenant: context.tenant.id, at: context.now, traceId: context.traceId }, facts);

  return {
    entry,

    record(context, facts) {
      const record = entry(context, facts);
      return context.tenant.settings.auditDurability === 'strict'
        ? store.append([record])
        : batch.add(record);
    },

    sealPersonal(subject, values) {
      const key = vault.unseal(
        'subject-audit-key',
        `subject-audit-key ${subject.tenant} ${subject.id}`,
        subject.auditKey,
      );
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(`audit ${subject.tenant} ${subject.id}`));
      const sealed = Buffer.concat([
        cipher.update(JSON.stringify(values)),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      const text = `s1.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
      return { subject: subject.id, sealed: text as Sealed<'audit-personal'> };
    },

    flush: () => batch.flush(),
    close: () => batch.close(),
  };
}
