/** Who may read, change and end a registration: the client that made it, by the token it was given then (RFC 7592 §2). */
import { OAuthError } from '@countersign/protocol';
import { matchesRegistrationToken } from '../clients/index.ts';
import { MissingTokenError } from '../http/bearer-challenge.ts';
import { readBearerHeader } from '../http/bearer-token.ts';
import type { RequestContext } from '../http/context.ts';
import { readQuery } from '../http/form.ts';
import type { ClientRecord } from '../storage/ports.ts';

export interface Managed {
  readonly client: ClientRecord;
  /** As it was presented. */
  readonly token: string;
}

/**
 * The client that is named and that proved itself. An unknown client, a declared one and a wrong token are one answer, in words and
 * in time, and so is a client that was disabled: RFC 7592 would tell it 403, and tell whoever found the token that it is right.
 * @throws {OAuthError} `invalid_token`; `invalid_request` for a malformed header; {@link MissingTokenError}
 */
export async function findManaged(
  request: Request,
  context: RequestContext,
  findClient: (tenant: string, id: string) => Promise<ClientRecord | undefined>,
): Promise<Managed> {
  const token = readBearerHeader(request);
  if (token === undefined) throw new MissingTokenError();
  const id = readQuery(request).get('client_id') ?? '';
  const client = await findClient(context.tenant.id, id);
  const matches = matchesRegistrationToken(client, token);
  if (client === undefined || !matches || client.disabledAt !== 0) throw refusedManagement();
  return { client, token };
}

export function refusedManagement(): OAuthError {
  return new OAuthError('invalid_token', 'the token does not manage the registration of this client');
}
