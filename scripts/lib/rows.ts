import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { reportNames } from './test-report.ts';
import { repositoryRoot } from './tree.ts';

const clauseSchema = z.strictObject({
  /** Unique in its row; `SPN-6.reuse` names it outside. */
  id: z.string().regex(/^[a-z0-9-]+$/),
  text: z.string().min(1),
  /** Phrases of test titles, or `/regex/`. Every phrase needs a passing test whose title names the row. */
  test: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  /** Why this clause is not met yet. Excludes `test`. */
  open: z.string().min(1).optional(),
  /** The suite whose report decides; on another store than the embedded one, `race-postgresql`. */
  suite: z.enum(reportNames).default('main'),
});

const rowSchema = z.strictObject({
  title: z.string().min(1),
  clauses: z.array(clauseSchema).default([]),
});

const fileSchema = z.strictObject({ rows: z.record(z.string().regex(/^[A-Z]{3}-\d+$/), rowSchema) });

export type Clause = z.infer<typeof clauseSchema>;
export type Row = z.infer<typeof rowSchema>;

/** Reads `docs/rows.yaml`. Throws with the path of the first mistake in it. */
export function readRows(): ReadonlyMap<string, Row> {
  const parsed = fileSchema.safeParse(parse(readFileSync(join(repositoryRoot, 'docs/rows.yaml'), 'utf8')));
  if (!parsed.success) throw new Error(`docs/rows.yaml: ${z.prettifyError(parsed.error)}`);
  const rows = new Map(Object.entries(parsed.data.rows));
  for (const [id, { clauses }] of rows) checkClauses(id, clauses);
  return rows;
}

function checkClauses(row: string, clauses: readonly Clause[]): void {
  const seen = new Set<string>();
  for (const { id, test, open } of clauses) {
    if (seen.has(id)) throw new Error(`docs/rows.yaml: ${row} has two clauses '${id}'`);
    if (test !== undefined && open !== undefined) {
      throw new Error(`docs/rows.yaml: ${row}.${id} is open and has a test; it is one of the two`);
    }
    seen.add(id);
  }
}
