import type { TenantRecord } from '../storage/ports.ts';

/** Built from configuration only: the public URL, or the host that the tenant was given (decision 17). */
export function issuerOf(tenant: TenantRecord, publicUrl: string): string {
  if (tenant.host !== null) return `${publicUrl.slice(0, publicUrl.indexOf('/'))}//${tenant.host}`;
  return tenant.id === 'default' ? publicUrl : `${publicUrl}/t/${tenant.id}`;
}
