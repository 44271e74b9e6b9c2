import type { AccessTokenRecord, AccessTokenStore, Trail } from '../ports.ts';
import type { Hashed } from '../secrets.ts';
import { type Engine, type WriteScope, writeVerb } from './engine.ts';
import { insertMany } from './insert-many.ts';
import { writeTrail } from './trail.ts';
import { fromJson, toJson } from './values.ts';

const create = writeVerb(
  'accessTokens.create',
  async (scope, token: AccessTokenRecord, trail: Trail): Promise<void> => {
    await insertAccessToken(scope, token);
    await writeTrail(scope, trail);
  },
);

export const accessTokenVerbs = [create];

export async function insertAccessToken(scope: WriteScope, token: AccessTokenRecord | null): Promise<void> {
  if (token === null) return;
  await insertMany(scope, 'access_token', [
    {
      tenant: token.tenant,
      hash: token.hash,
      jti: token.jti,
      client: token.clientId,
      subject: token.subject,
      grant_id: token.grantId,
      claims: toJson(token.claims),
      created_at: token.createdAt,
      expires_at: token.expiresAt,
    },
  ]);
}

export function accessTokenStore(engine: Engine): AccessTokenStore {
  return {
    create: engine.bind(create),
    find: (tenant, hash, now) =>
      engine.read(async (db) => {
        const row = await db
          .selectFrom('access_token')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('hash', '=', hash)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return (
          row && {
            tenant: row.tenant,
            hash: row.hash as Hashed<'access-token'>,
            jti: row.jti,
            clientId: row.client,
            subject: row.subject,
            grantId: row.grant_id,
            claims: fromJson<AccessTokenRecord['claims']>(row.claims),
            createdAt: row.created_at,
            expiresAt: row.expires_at,
          }
        );
      }),
  };
}
