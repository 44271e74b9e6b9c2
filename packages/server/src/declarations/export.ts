/** From what is there to documents that `apply` finds nothing to do for. */
import { systemTenant } from '@countersign/protocol';
import { stringify } from 'yaml';
import { type Clients, hasSecret } from '../clients/index.ts';
import type { ClientRecord, TenantRecord } from '../storage/ports.ts';
import type { Tenants } from '../tenants/index.ts';
import { all } from './client-kind.ts';
import { clientMembers } from './client-members.ts';

const pageSize = 200;

/**
 * YAML documents, each with its `---`: the tenants in the order of their ids, each before its clients. Without clients that
 * registered themselves, without the tenant of the deployment, and without secrets: only their hashes are there.
 * @param tenant one tenant; undefined: all
 */
export async function* exportDocuments(
  parts: { readonly tenants: Tenants; readonly clients: Clients },
  tenant: string | undefined,
): AsyncGenerator<string> {
  for await (const record of tenantsOf(parts.tenants, tenant)) {
    yield format(describeTenant(record));
    for await (const client of all(parts.clients, record.id)) {
      if (client.selfRegistration === null) yield format(describeClient(client), noteOf(client));
    }
  }
}

async function* tenantsOf(tenants: Tenants, one: string | undefined): AsyncGenerator<TenantRecord> {
  if (one !== undefined) {
    yield await tenants.get(one);
    return;
  }
  let after = '';
  for (;;) {
    const page = await tenants.list({ after, limit: pageSize });
    for (const record of page) if (record.id !== systemTenant) yield record;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.id;
  }
}

function describeTenant({ id, name, profile, host, settings }: TenantRecord): Record<string, unknown> {
  return { kind: 'tenant', id, name, profile, ...(host !== null && { host }), settings };
}

function describeClient(client: ClientRecord): Record<string, unknown> {
  const { tenant, id, metadata, disabledAt } = client;
  return {
    kind: 'client',
    tenant,
    id,
    ...(disabledAt !== 0 && { enabled: false }),
    metadata: clientMembers(metadata),
  };
}

function noteOf({ metadata }: ClientRecord): string {
  return hasSecret(metadata)
    ? '# Its secret stays as it is here. In another installation, say where it is: secretFile or secretEnv\n'
    : '';
}

function format(document: Record<string, unknown>, note = ''): string {
  return `---\n${note}${stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 })}`;
}
