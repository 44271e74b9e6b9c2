import type { CompiledQuery, InsertObject } from 'kysely';
import type { WriteScope } from './engine.ts';
import type { Tables } from './tables.ts';

/** Rows per statement: few sizes, so that each is compiled and prepared once. */
const sizes = [64, 8, 1] as const;

/** Inserts many rows of one shape with few statements. Every row has the same columns in the same order. */
export async function insertMany<Name extends keyof Tables & string>(
  scope: WriteScope,
  table: Name,
  rows: readonly InsertObject<Tables, Name>[],
): Promise<void> {
  let done = 0;
  for (const size of sizes) {
    while (rows.length - done >= size) {
      const chunk = rows.slice(done, done + size);
      await scope.trx.executeQuery({
        ...compiledInsert(scope, table, chunk),
        parameters: chunk.flatMap(Object.values),
      });
      done += size;
    }
  }
}

function compiledInsert<Name extends keyof Tables & string>(
  scope: WriteScope,
  table: Name,
  chunk: readonly InsertObject<Tables, Name>[],
): CompiledQuery {
  const key = `insert ${table} ${chunk.length}`;
  const known = scope.compiled.get(key);
  if (known !== undefined) return known;
  const compiled = scope.trx.insertInto(table).values(chunk).compile();
  // The parameters are this chunk's and must not be kept: they are replaced at every use.
  const kept = { ...compiled, parameters: [] };
  scope.compiled.set(key, kept);
  return kept;
}
