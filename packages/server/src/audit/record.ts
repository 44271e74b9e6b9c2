/**
 * The one audit record (ACC-4). An entry is what a caller hands in; the store appends it to the chain of
 * (tenant, writing process), adding sequence, previous hash and hash.
 */
import type { Sealed } from '../storage/secrets.ts';

export type AuditOutcome = 'ok' | 'refused' | 'failed';

export interface AuditActor {
  readonly kind: 'subject' | 'client' | 'operator' | 'system' | 'anonymous';
  /** Subject id, client id, or name of the part of the program; never a name or address of a person. */
  readonly id: string;
}

export interface AuditEntry {
  readonly tenant: string;
  readonly at: number;
  /** Dotted, a noun and a past verb: `token.issued`, `key.logged`, `session.ended`. */
  readonly action: string;
  readonly actor: AuditActor;
  readonly target: { readonly kind: string; readonly id: string } | null;
  readonly outcome: AuditOutcome;
  /** Machine-readable; null when the outcome is `ok`. */
  readonly reason: string | null;
  readonly traceId: string;
  /** Class `none`: safe to keep for ever and to show. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  /** Classes `personal` and `sensitive`, sealed under the key of the subject named here. */
  readonly personal: { readonly subject: string; readonly sealed: Sealed<'audit-personal'> } | null;
}

export interface AuditRecord extends AuditEntry {
  readonly chain: string;
  readonly sequence: number;
  readonly previousHash: string;
  readonly hash: string;
}

export interface AuditChain {
  readonly tenant: string;
  readonly id: string;
  readonly process: string;
  readonly openedAt: number;
  readonly headSequence: number;
  readonly headHash: string;
  readonly state: 'open' | 'closed' | 'recovered';
}

export interface AuditStore {
  /**
   * Appends in order; chains are opened on first use. Atomic per 1 000 entries only, so that no batch holds the
   * store's lock for long: a call with more is several transactions, one after another, between which others may write.
   * When it throws, the whole thousands before the failure may have been kept. Who must know exactly what was written
   * hands in at most 1 000.
   */
  append(entries: readonly AuditEntry[]): Promise<void>;
  listChains(tenant: string): Promise<readonly AuditChain[]>;
  /** Records of one chain after `sequence`, in order. */
  listRecords(
    tenant: string,
    chain: string,
    sequence: number,
    limit: number,
  ): Promise<readonly AuditRecord[]>;
  /** Newest first over all chains of a tenant, for a person to read. */
  listNewest(tenant: string, limit: number): Promise<readonly AuditRecord[]>;
}
