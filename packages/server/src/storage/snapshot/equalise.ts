/** Makes tables of one store what they are in another, from whatever state they are in: a copy, its resumption and its catching up. */
import {
  canonicalRow,
  columnsOf,
  deleteRows,
  type End,
  findRows,
  insertRows,
  keyText,
  pagesOf,
  type Row,
} from './rows.ts';
import type { TableName } from './tables.ts';

/**
 * Answers how many rows were removed or written. The source may be written to meanwhile: then the next call finds what is still different,
 * which are rows that changed since, and never more than one page of either store is held. With the source at rest the tables are equal
 * afterwards.
 */
export async function equaliseTable(
  source: End,
  target: End,
  table: TableName,
  onRows: (count: number) => void,
): Promise<number> {
  const columns = await columnsOf(source, table);
  // First what must go: a name that moved from one row to another is free before it is taken again.
  let changed = await removeDifferent(source, target, table, columns);
  for await (const page of pagesOf(source, table, columns)) {
    const there = await findRows(target, table, columns, page);
    changed += await insertRows(
      target,
      table,
      columns,
      page.filter((row) => !there.has(keyText(table, row))),
    );
    onRows(page.length);
  }
  return changed;
}

async function removeDifferent(
  source: End,
  target: End,
  table: TableName,
  columns: readonly string[],
): Promise<number> {
  let removed = 0;
  const text = (row: Row | undefined): string | undefined =>
    row && canonicalRow(columns.map((name) => row[name] ?? null));
  for await (const page of pagesOf(target, table, columns)) {
    const kept = await findRows(source, table, columns, page);
    const different = page.filter((row) => text(kept.get(keyText(table, row))) !== text(row));
    removed += await deleteRows(target, table, different);
  }
  return removed;
}
