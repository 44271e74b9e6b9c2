/** What the body of an update must and must not say of what the server gave (RFC 7592 §2.2). */
import { OAuthError } from '@countersign/protocol';
import type { ClientRecord } from '../storage/ports.ts';

const notTheirs: readonly string[] = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/** @throws {OAuthError} `invalid_client_metadata` */
export async function validateReplacement(
  members: Readonly<Record<string, unknown>>,
  client: ClientRecord,
  isSecret: (presented: string) => Promise<boolean>,
): Promise<void> {
  const named = notTheirs.find((name) => Object.hasOwn(members, name));
  if (named !== undefined) throw refusal(`${named} does not belong into an update`);
  if (members.client_id !== client.id) throw refusal('client_id is not the one of this registration');
  const secret = members.client_secret ?? undefined;
  if (secret === undefined) return;
  if (typeof secret !== 'string' || !(await isSecret(secret))) {
    throw refusal('client_secret is not the one of this client: no client chooses its own');
  }
}

function refusal(description: string): OAuthError {
  return new OAuthError('invalid_client_metadata', description);
}
