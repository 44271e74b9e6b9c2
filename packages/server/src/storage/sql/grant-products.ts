/** What comes of a grant: that it bears its marks, and its end when the grant is presented a second time. */
import type { Produced, Revocation } from '../ports.ts';
import type { WriteScope } from './engine.ts';
import { addRevocations } from './revocations.ts';
import { endFamilies } from './revoke-grants.ts';
import { requireTenant, requireThat } from './values.ts';

export interface GrantMarks {
  readonly tenant: string;
  readonly grantId: string;
  readonly subject: string;
  readonly client: string;
}

/** Otherwise no revocation would find it. @throws {StorageError} `internal` */
export function requireProduced(grant: GrantMarks, { family, accessToken }: Produced): void {
  requireTenant(grant.tenant, family);
  requireTenant(grant.tenant, accessToken);
  if (family !== null) {
    requireThat(
      family.id === grant.grantId && family.subject === grant.subject && family.clientId === grant.client,
      'a refresh family is not of the grant of its code',
    );
  }
  if (accessToken !== null) {
    requireThat(
      accessToken.grantId === grant.grantId && accessToken.clientId === grant.client,
      'an access token is not of the grant of its code',
    );
  }
}

/** Ends family and opaque tokens, and adds the revocation. @throws {StorageError} `internal` for a revocation of anything else */
export async function endGrant(
  scope: WriteScope,
  { tenant, grantId }: Pick<GrantMarks, 'tenant' | 'grantId'>,
  now: number,
  revocation: Revocation,
): Promise<void> {
  requireThat(revocation.kind === 'grant' && revocation.id === grantId, 'reuse of a code revokes its grant');
  await endFamilies(scope, tenant, { id: grantId }, now);
  await scope.trx
    .deleteFrom('access_token')
    .where('tenant', '=', tenant)
    .where('grant_id', '=', grantId)
    .execute();
  await addRevocations(scope, tenant, [revocation]);
}
