/** Ending what was granted: families, opaque tokens, sessions. Used by every verb that revokes. */
import type { Revocation } from '../ports.ts';
import { recordChanges } from './change.ts';
import type { WriteScope } from './engine.ts';
import { oweLogouts } from './logout-deliveries.ts';
import { addRevocations } from './revocations.ts';

/** When access tokens ended, and until when the revocation must be remembered. */
export interface Span {
  readonly revokedAt: number;
  readonly expiresAt: number;
}

export interface FamilyFilter {
  readonly id?: string;
  readonly client?: string;
  readonly subject?: string;
  readonly session?: string;
  /** Only families that end with their session. */
  readonly onlineOnly?: boolean;
}

/** Revokes the live families that match, deletes their opaque tokens; answers their ids. */
export async function endFamilies(
  scope: WriteScope,
  tenant: string,
  filter: FamilyFilter,
  revokedAt: number,
): Promise<readonly string[]> {
  let update = scope.trx
    .updateTable('refresh_family')
    .set({ revoked_at: revokedAt })
    .where('tenant', '=', tenant)
    .where('revoked_at', '=', 0);
  if (filter.id !== undefined) update = update.where('id', '=', filter.id);
  if (filter.client !== undefined) update = update.where('client', '=', filter.client);
  if (filter.subject !== undefined) update = update.where('subject', '=', filter.subject);
  if (filter.session !== undefined) update = update.where('session', '=', filter.session);
  if (filter.onlineOnly === true) update = update.where('offline', '=', 0);
  const rows = await update.returning('id').execute();
  const ids = rows.map((row) => row.id);
  await deleteOpaqueTokens(scope, tenant, ids);
  return ids;
}

async function deleteOpaqueTokens(
  scope: WriteScope,
  tenant: string,
  grantIds: readonly string[],
): Promise<void> {
  for (const grantId of grantIds) {
    await scope.trx
      .deleteFrom('access_token')
      .where('tenant', '=', tenant)
      .where('grant_id', '=', grantId)
      .execute();
  }
}

/** {@link endFamilies}, and the revocation of the access tokens of each of those grants. */
export async function revokeFamilies(
  scope: WriteScope,
  tenant: string,
  filter: FamilyFilter,
  span: Span,
): Promise<number> {
  const ids = await endFamilies(scope, tenant, filter, span.revokedAt);
  await addRevocations(scope, tenant, grantRevocations(tenant, ids, span));
  return ids.length;
}

function grantRevocations(tenant: string, ids: readonly string[], span: Span): readonly Revocation[] {
  return ids.map((id) => ({
    tenant,
    kind: 'grant',
    id,
    revokedAt: span.revokedAt,
    expiresAt: span.expiresAt,
  }));
}

/**
 * Ends one live session and the families that hang on it without `offline_access`, and owes its clients the news. False
 * when it was not live.
 * Adds the revocations of those grants; the one of the session is the caller's.
 */
export async function endSession(
  scope: WriteScope,
  tenant: string,
  id: string,
  span: Span,
): Promise<boolean> {
  const ended = await scope.trx
    .updateTable('session')
    .set({ ended_at: span.revokedAt })
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .where('ended_at', '=', 0)
    .where('idle_expires_at', '>', span.revokedAt)
    .where('expires_at', '>', span.revokedAt)
    .returning(['id', 'subject'])
    .executeTakeFirst();
  if (ended === undefined) return false;
  await oweLogouts(scope, tenant, [ended], span.revokedAt);
  await revokeFamilies(scope, tenant, { session: id, onlineOnly: true }, span);
  await recordChanges(scope, 'session', tenant, [id]);
  return true;
}
