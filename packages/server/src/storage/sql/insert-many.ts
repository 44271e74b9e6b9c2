import type { InsertObject } from 'kysely';
import { runPrepared } from './compile-once.ts';
import type { WriteScope } from './engine.ts';
import type { Tables } from './tables.ts';

/** Rows per statement: few sizes, so that each is compiled and prepared once. */
const sizes = [64, 8, 1] as const;

/** Cuts into the sizes that statements about many rows come in. */
export function* inChunks<T>(rows: readonly T[]): Generator<readonly T[]> {
  let done = 0;
  for (const size of sizes) {
    while (rows.length - done >= size) {
      yield rows.slice(done, done + size);
      done += size;
    }
  }
}

/** Inserts many rows of one shape with few statements. Every row has the same columns in the same order. */
export async function insertMany<Name extends keyof Tables & string>(
  scope: WriteScope,
  table: Name,
  rows: readonly InsertObject<Tables, Name>[],
): Promise<void> {
  for (const chunk of inChunks(rows)) {
    await runPrepared(
      scope,
      `insert ${table} ${chunk.length}`,
      () => scope.trx.insertInto(table).values(chunk).compile(),
      chunk.flatMap(Object.values),
    );
  }
}
