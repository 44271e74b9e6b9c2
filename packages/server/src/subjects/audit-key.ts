import type { Random, Vault } from '../ports.ts';
import type { Sealed } from '../storage/secrets.ts';

/**
 * The key that seals one person's values in audit rows, itself sealed for this person's record. Destroying it with the record erases
 * those values, and no row changes. `audit/log.ts` uses it, under the same context.
 */
export function createAuditKey(
  parts: { readonly vault: Vault; readonly random: Random },
  tenant: string,
  subject: string,
): Sealed<'subject-audit-key'> {
  return parts.vault.seal(
    'subject-audit-key',
    auditKeySealingContext(tenant, subject),
    parts.random.bytes(32),
  );
}

export function auditKeySealingContext(tenant: string, subject: string): string {
  return `subject-audit-key ${tenant} ${subject}`;
}
