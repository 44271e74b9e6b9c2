/** What becomes of approved devices when what the approval rested on ends. */
import type { WriteScope } from './engine.ts';
import { endGrant } from './grant-products.ts';
import type { Span } from './revoke-grants.ts';

interface ApprovalFilter {
  readonly subject: string;
  readonly client?: string;
}

/** approved → denied, for devices that have not been given their tokens yet. Answers how many. */
export async function withdrawApprovals(
  scope: WriteScope,
  tenant: string,
  { subject, client }: ApprovalFilter,
): Promise<number> {
  let update = scope.trx
    .updateTable('device_code')
    .set({ state: 'denied' })
    .where('tenant', '=', tenant)
    .where('subject', '=', subject)
    .where('state', '=', 'approved');
  if (client !== undefined) update = update.where('client', '=', client);
  return (await update.returning('hash').execute()).length;
}

/**
 * Ends what devices were given, once each: also those without a refresh token, which no family leads to. A device code
 * is kept longer than its access tokens live. Answers how many.
 */
export async function endServedDevices(
  scope: WriteScope,
  tenant: string,
  { subject, client }: Required<ApprovalFilter>,
  { revokedAt, expiresAt }: Span,
): Promise<number> {
  const served = await scope.trx
    .updateTable('device_code')
    .set({ revoked_at: revokedAt })
    .where('tenant', '=', tenant)
    .where('subject', '=', subject)
    .where('client', '=', client)
    .where('state', '=', 'spent')
    .where('revoked_at', '=', 0)
    .returning('grant_id')
    .execute();
  for (const { grant_id: id } of served) {
    if (id === null) continue;
    const revocation = { tenant, kind: 'grant' as const, id, revokedAt, expiresAt };
    await endGrant(scope, { tenant, grantId: id }, revokedAt, revocation);
  }
  return served.length;
}
