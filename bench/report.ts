/** The same results as a table for a terminal, as JSON, and as the generated part of docs/performance.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Standing } from './compare.ts';
import type { Machine } from './machine.ts';
import type { Options } from './options.ts';
import { type Measure, type RowResult, verdict } from './row.ts';
import { median } from './statistics.ts';

export interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly settings: Pick<Options, 'seconds' | 'rounds' | 'connections'>;
  readonly rows: readonly (RowResult & { readonly id: string; readonly title: string })[];
}

const resultsPath = fileURLToPath(new URL('./results/latest.json', import.meta.url));
const docsPath = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const markers = { begin: '<!-- bench:begin -->', end: '<!-- bench:end -->' } as const;

const quietLoad = 0.5;
const verdictWords = { aim: 'aim reached', budget: 'within budget', short: 'short of budget' } as const;

export function printReport(report: Report): string {
  const measures = report.rows.flatMap((row) => row.measures.map(cellsOf));
  const standings = report.rows.flatMap((row) =>
    row.standings.map((standing) => [row.id, ...standingCells(standing)]),
  );
  return [
    align([measureHeadings, ...measures]),
    '',
    ...(standings.length === 0 ? [] : [align([['row', ...standingHeadings], ...standings]), '']),
    machineLine(report),
    ...caution(report),
  ].join('\n');
}

export function writeResults(report: Report): string {
  mkdirSync(dirname(resultsPath), { recursive: true });
  writeFileSync(resultsPath, `${JSON.stringify(report, null, 2)}\n`);
  return resultsPath;
}

/** Replaces what stands between the markers; what stands outside of them is written by people. */
export function writeDocs(report: Report): string {
  const text = readFileSync(docsPath, 'utf8');
  const begin = text.indexOf(markers.begin);
  const end = text.indexOf(markers.end);
  if (begin < 0 || end < begin) throw new Error(`${docsPath} lacks ${markers.begin} … ${markers.end}`);
  const head = text.slice(0, begin + markers.begin.length);
  writeFileSync(docsPath, `${head}\n\n${markdown(report)}\n\n${text.slice(end)}`);
  return docsPath;
}

function markdown(report: Report): string {
  return [
    machineLine(report),
    ...caution(report),
    markdownTable(
      measureHeadings,
      report.rows.flatMap((row) => row.measures.map(cellsOf)),
    ),
    ...report.rows
      .filter((row) => row.standings.length > 0 || row.notes.length > 0)
      .map((row) =>
        [
          `### ${row.id}: ${row.title}`,
          ...(row.standings.length === 0
            ? []
            : [markdownTable(standingHeadings, row.standings.map(standingCells))]),
          ...row.notes,
        ].join('\n\n'),
      ),
  ].join('\n\n');
}

const measureHeadings = ['what', 'measured', 'budget', 'aim', 'by processor time', ''];

function cellsOf(measure: Measure): readonly string[] {
  const { target, unit } = measure;
  const reached = verdict(measure);
  return [
    measure.what,
    format(measure.value, unit),
    target === null ? '–' : format(target.budget, unit),
    target === null ? '–' : format(target.aim, unit),
    measure.cpuRatio === null ? '–' : format(measure.cpuRatio, 'times'),
    reached === null ? '' : verdictWords[reached],
  ];
}

const standingHeadings = ['subject', 'per second', 'p50 ms', 'p99 ms', 'processor µs', 'generator load'];

function standingCells({ name, rounds }: Standing): readonly string[] {
  const middle = (pick: (round: Standing['rounds'][number]) => number): number => median(rounds.map(pick));
  const cpu = rounds.map((round) => round.cpuMicros).filter((value) => value !== null);
  return [
    name,
    middle((round) => round.perSecond).toFixed(0),
    middle((round) => round.p50Ms).toFixed(2),
    middle((round) => round.p99Ms).toFixed(2),
    cpu.length === 0 ? '–' : median(cpu).toFixed(0),
    middle((round) => round.generatorLoad).toFixed(2),
  ];
}

function format(value: number, unit: Measure['unit']): string {
  if (!Number.isFinite(value)) return '–';
  switch (unit) {
    case 'times':
      return `${value.toFixed(2)}×`;
    case 'MB':
      return `${value.toFixed(0)} MB`;
    case 's':
      return `${value.toFixed(2)} s`;
  }
}

/** Others at work on the machine take turns, caches and the disk from one subject more than from another. */
function caution({ machine }: Report): readonly string[] {
  return machine.loadBefore > quietLoad
    ? [
        '**The machine was busy with other work: these figures are preliminary, and ratios by the clock are noise.**',
      ]
    : [];
}

function machineLine({ date, machine, settings }: Report): string {
  return [
    `${date.slice(0, 16).replace('T', ' ')} UTC`,
    `${machine.cores} cores of ${machine.processor}, ${machine.system}`,
    `Node ${machine.node.slice(1)}`,
    `node-oidc-provider ${machine.oidcProvider}`,
    `${settings.connections} connections, median of ${settings.rounds} rounds of ${settings.seconds} s`,
    `load before ${machine.loadBefore.toFixed(2)}`,
  ].join(' · ');
}

function align(lines: readonly (readonly string[])[]): string {
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, column) => pad(cell, widths[column] ?? 0, column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Words to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 || !/^[\d–]/.test(cell) ? cell.padEnd(width) : cell.padStart(width);
}

function markdownTable(headings: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = row(headings.map((_, column) => (column === 0 ? '---' : '---:')));
  return [row(headings), rule, ...lines.map(row)].join('\n');
}
