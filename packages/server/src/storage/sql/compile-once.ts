import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { Prepared } from './engine.ts';
import type { Tables } from './tables.ts';

/** Stands for the value of that name while a statement is compiled. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Runs a statement of a hot verb that is built and compiled once per connection. `build` sees a placeholder for
 * each value and must put every one into the statement as it is: it may not compute with it or branch on it.
 */
export async function compileOnce<Values extends Readonly<Record<string, string | number | null>>, Row>(
  scope: Prepared,
  key: string,
  values: Values,
  build: (trx: Kysely<Tables>, values: Values) => Compilable<Row>,
): Promise<readonly Row[]> {
  let compiled = scope.compiled.get(key) as CompiledQuery<Row> | undefined;
  if (compiled === undefined) {
    const names = Object.keys(values).map((name) => [name, new Placeholder(name)]);
    compiled = build(scope.trx, Object.fromEntries(names) as Values).compile();
    scope.compiled.set(key, compiled);
  }
  const parameters = compiled.parameters.map((parameter) =>
    parameter instanceof Placeholder ? values[parameter.name] : parameter,
  );
  const { rows } = await scope.trx.executeQuery<Row>({ ...compiled, parameters });
  return rows;
}

/**
 * Runs a statement that is compiled once per connection, with all its parameters in the order of the statement.
 * `compile` is called with the first ones, and must give the same text for any.
 */
export async function runPrepared(
  scope: Prepared,
  key: string,
  compile: () => CompiledQuery,
  parameters: readonly unknown[],
): Promise<QueryResult<unknown>> {
  let compiled = scope.compiled.get(key);
  if (compiled === undefined) {
    // The first parameters are replaced at every use and must not be kept.
    compiled = { ...compile(), parameters: [] };
    scope.compiled.set(key, compiled);
  }
  return await scope.trx.executeQuery({ ...compiled, parameters });
}
