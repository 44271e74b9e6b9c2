/** client_id names an enabled client of this tenant. Without one there is nobody to answer but the person (RFC 6749 §4.1.2.1). */
import { OAuthError, type Parameters } from '@countersign/protocol';
import type { RequestContext } from '../../http/context.ts';
import type { ClientRecord } from '../../storage/ports.ts';

export async function resolveClient(
  parameters: Parameters,
  context: RequestContext,
  findClient: (tenant: string, id: string) => Promise<ClientRecord | undefined>,
): Promise<ClientRecord> {
  const id = parameters.get('client_id');
  if (id === undefined) throw new OAuthError('invalid_request', 'client_id is missing');
  const client = id.length > 256 ? undefined : await findClient(context.tenant.id, id);
  if (client === undefined || client.disabledAt !== 0) {
    throw new OAuthError('invalid_client', 'client_id is unknown', { status: 400 });
  }
  return client;
}
