/** `npm run bench`: every row of the budget table whose subject exists, as ratios in one run. */
import { startGenerator } from './load/generator-client.ts';
import { describeMachine } from './machine.ts';
import { helpText, type Options, parseOptions } from './options.ts';
import { printReport, type Report, writeDocs, writeResults } from './report.ts';
import type { Row, RowResult } from './row.ts';
import { rows } from './rows/index.ts';
import { generatorCore } from './subjects/child.ts';

async function main(): Promise<void> {
  const options = parseOptions(
    process.argv.slice(2),
    rows.map(({ id }) => id),
  );
  if (options.help) {
    console.log(helpText(rows));
    return;
  }
  if (options.writeDocs && options.only.length > 0) {
    throw new RangeError('--write-docs needs all rows: leave out --only');
  }
  const chosen = rows.filter(({ id }) => options.only.length === 0 || options.only.includes(id));
  const machine = describeMachine();
  const results: Report['rows'][number][] = [];
  for (const row of chosen) {
    console.error(`${row.id}: ${row.title}`);
    results.push({ id: row.id, title: row.title, ...(await runRow(row, options)) });
  }
  const { seconds, rounds, connections } = options;
  const report: Report = {
    date: new Date().toISOString(),
    machine,
    settings: { seconds, rounds, connections },
    rows: results,
  };
  console.log(printReport(report));
  console.error(`\nwritten: ${writeResults(report)}`);
  if (options.writeDocs) console.error(`written: ${writeDocs(report)}`);
}

async function runRow(row: Row, options: Options): Promise<RowResult> {
  const releases: (() => Promise<void> | void)[] = [];
  const generator = startGenerator(generatorCore);
  releases.push(generator.stop);
  try {
    return await row.run({
      options,
      generator,
      say: (text) => console.error(text),
      defer: (release) => releases.push(release),
    });
  } finally {
    for (const release of releases.toReversed()) await release();
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  await main();
} catch (error) {
  console.error(error instanceof RangeError || error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
}
