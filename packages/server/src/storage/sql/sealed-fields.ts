import { sql } from 'kysely';
import type { SealedField, SealedFieldName, SealedFieldStore } from '../ports.ts';
import { recordChanges } from './change.ts';
import { type Engine, writeVerb } from './engine.ts';

/** Where each field lies, and of which change the caches of its record must be told. */
const places = {
  'signing-key': { table: 'signing_key', id: 'kid', column: 'private_key', topic: 'key' },
  'subject-audit-key': { table: 'subject', id: 'id', column: 'audit_key', topic: 'subject' },
  'refresh-family-secret': { table: 'refresh_family', id: 'id', column: 'secret', topic: null },
  'device-origin': { table: 'device_code', id: 'hash', column: 'origin', topic: null },
} as const satisfies Record<SealedFieldName, object>;

/** After `v1.`: 48 bits in base64url. */
const keyIdLength = 8;

interface AnyRow {
  readonly tenant: string;
  readonly id: string;
  readonly sealed: string;
}

const replace = writeVerb(
  'sealedFields.replace',
  async (
    scope,
    name: SealedFieldName,
    replacements: readonly { readonly field: SealedField; readonly sealed: string }[],
  ): Promise<number> => {
    const { table, id, column, topic } = places[name];
    let replaced = 0;
    for (const { field, sealed } of replacements) {
      const result = await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${sealed}
        where tenant = ${field.tenant} and ${sql.ref(id)} = ${field.id} and ${sql.ref(column)} = ${field.sealed}`.execute(
        scope.trx,
      );
      if (Number(result.numAffectedRows ?? 0) === 0) continue;
      replaced += 1;
      if (topic !== null) await recordChanges(scope, topic, field.tenant, [field.id]);
    }
    return replaced;
  },
  (_, replacements) => replacements.length,
);

export const sealedFieldVerbs = [replace];

export function sealedFieldStore(engine: Engine): SealedFieldStore {
  return {
    listAfter: (name, after, limit) =>
      engine.read(async (db) => {
        const { table, id, column } = places[name];
        const from =
          after === null ? sql`` : sql`and (tenant, ${sql.ref(id)}) > (${after.tenant}, ${after.id})`;
        const found =
          await sql<AnyRow>`select tenant, ${sql.ref(id)} as id, ${sql.ref(column)} as sealed from ${sql.table(table)}
          where ${sql.ref(column)} is not null ${from} order by tenant, ${sql.ref(id)} limit ${limit}`.execute(
            db,
          );
        return found.rows;
      }),
    count: (name) =>
      engine.read(async (db) => {
        const { table, column } = places[name];
        const found = await sql<{
          key_id: string;
          rows: number;
        }>`select substr(${sql.ref(column)}, 4, ${keyIdLength}) as key_id,
          count(*) as rows from ${sql.table(table)} where ${sql.ref(column)} is not null group by 1`.execute(
          db,
        );
        return Object.fromEntries(found.rows.map((row) => [row.key_id, Number(row.rows)]));
      }),
    replace: engine.bind(replace),
  };
}
