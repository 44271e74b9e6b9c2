import { sql } from 'kysely';
import type { End } from './rows.ts';

/**
 * Tells one store from another, also after it was copied: the first audit chain of the built-in tenant, whose name is random. Undefined
 * for a store that no program has used yet.
 */
export async function findIdentity({ db }: End): Promise<string | undefined> {
  const row = await db
    .selectFrom('audit_chain')
    .select('id')
    .where('tenant', '=', '_system')
    .orderBy('ordinal')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** The envelope keys under which something is sealed, by their names: the second part of every sealed value. */
export async function findEnvelopeKeys({ db }: End): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly private_key: string }>`select private_key from signing_key`.execute(
    db,
  );
  return [...new Set(rows.map(({ private_key }) => private_key.split('.')[1] ?? ''))].sort();
}
