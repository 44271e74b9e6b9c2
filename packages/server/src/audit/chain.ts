/**
 * The hash rule of the audit chains (ACC-4). Pure; the store appends with it and the verifier repeats it.
 *
 * hash = base64url(SHA-256(UTF-8(JSON.stringify([
 *   'countersign-audit-v1', previousHash, tenant, chain, sequence, at, action, actor.kind, actor.id,
 *   target === null ? null : [target.kind, target.id], outcome, reason, traceId,
 *   details as [name, value] pairs in order of name (UTF-16 code units),
 *   personal === null ? null : [personal.subject, personal.sealed]]))))
 *
 * A JSON array of fixed order is unambiguous: strings are quoted and escaped, integers have one form, null is
 * neither. `previousHash` is the hash of the record before, and empty for record 0.
 *
 * The chain has no key: it shows damage and partial tampering. Someone who may rewrite the whole database can
 * rewrite whole chains; only a hash kept elsewhere (a sink, a checkpoint) tells that.
 */
import { hash as digest } from 'node:crypto';
import { StorageError } from '../storage/error.ts';
import type { AuditEntry } from './record.ts';

/** Actions that the store itself writes. */
export const chainOpened = 'audit.chain_opened';
export const chainClosed = 'audit.chain_closed';
export const chainRecovered = 'audit.chain_recovered';

export interface ChainPosition {
  readonly chain: string;
  readonly sequence: number;
  readonly previousHash: string;
}

export function hashRecord(entry: AuditEntry, position: ChainPosition): string {
  const { target, personal } = entry;
  const fields = [
    'countersign-audit-v1',
    position.previousHash,
    entry.tenant,
    position.chain,
    position.sequence,
    entry.at,
    entry.action,
    entry.actor.kind,
    entry.actor.id,
    target === null ? null : [target.kind, target.id],
    entry.outcome,
    entry.reason,
    entry.traceId,
    sortedDetails(entry.details),
    personal === null ? null : [personal.subject, personal.sealed],
  ];
  return digest('sha256', JSON.stringify(fields), 'base64url');
}

type Details = AuditEntry['details'];

function sortedDetails(details: Details): readonly (readonly [string, Details[string]])[] {
  const pairs = Object.entries(details);
  if (pairs.length < 2) return pairs;
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * The entry as it will be read back: text without NUL and lone surrogates, which no database keeps. Throws
 * `internal` for what has no stored form (a time that is no integer, a detail that is no plain value).
 */
export function normaliseEntry(entry: AuditEntry): AuditEntry {
  if (!Number.isSafeInteger(entry.at)) {
    throw new StorageError('internal', `the time of audit entry ${entry.action} is not in whole seconds`);
  }
  return {
    tenant: storable(entry.tenant),
    at: entry.at,
    action: storable(entry.action),
    actor: { kind: entry.actor.kind, id: storable(entry.actor.id) },
    target:
      entry.target === null ? null : { kind: storable(entry.target.kind), id: storable(entry.target.id) },
    outcome: entry.outcome,
    reason: entry.reason === null ? null : storable(entry.reason),
    traceId: storable(entry.traceId),
    details: normaliseDetails(entry),
    personal:
      entry.personal === null
        ? null
        : { subject: storable(entry.personal.subject), sealed: entry.personal.sealed },
  };
}

function normaliseDetails(entry: AuditEntry): Details {
  const kept: [string, Details[string]][] = [];
  for (const [name, value] of Object.entries(entry.details)) {
    if (typeof value === 'string') kept.push([storable(name), storable(value)]);
    else if (value === null || typeof value === 'boolean' || Number.isFinite(value))
      kept.push([storable(name), value]);
    else
      throw new StorageError('internal', `detail ${name} of audit entry ${entry.action} is no plain value`);
  }
  return Object.fromEntries(kept);
}

function storable(text: string): string {
  return (text.isWellFormed() ? text : text.toWellFormed()).replaceAll('\0', '\uFFFD');
}
