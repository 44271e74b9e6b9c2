/** The client information response (RFC 7591 §3.2.1, RFC 7592 §3): what is in force, whatever was asked for. */
import { formatClientMetadata } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import type { ClientRecord } from '../storage/ports.ts';

/**
 * @param shown the registration token as it was made or presented: only its hash is kept; and the secret, if one was made now
 */
export function registrationAnswer(
  context: RequestContext,
  client: ClientRecord,
  shown: { readonly token: string; readonly secret: string | null },
  status: 200 | 201,
): Response {
  const [newest] = client.secrets;
  const statement = client.selfRegistration?.softwareStatement ?? null;
  const body = {
    client_id: client.id,
    client_id_issued_at: client.createdAt,
    ...(shown.secret !== null && { client_secret: shown.secret }),
    ...(newest !== undefined && { client_secret_expires_at: newest.expiresAt }),
    registration_access_token: shown.token,
    registration_client_uri: `${context.issuer}/oauth2/register?client_id=${client.id}`,
    ...formatClientMetadata(client.metadata),
    ...(statement !== null && { software_statement: statement }),
  };
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } });
}
