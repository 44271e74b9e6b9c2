/** A row of the budget table: what it measures and what came out. */
import { cpuRatio, type Standing, speedRatios } from './compare.ts';
import type { Generator } from './load/generator-client.ts';
import type { Options } from './options.ts';
import { median } from './statistics.ts';

export interface Target {
  readonly budget: number;
  readonly aim: number;
  readonly better: 'higher' | 'lower';
}

export interface Measure {
  readonly what: string;
  /** null: measured, but nobody set a budget. */
  readonly target: Target | null;
  readonly unit: 'times' | 'MB' | 's';
  readonly value: number;
  /** What `value` is the median of. */
  readonly values: readonly number[];
  /** The ratio by processor time instead of by the clock; null where that says nothing. */
  readonly cpuRatio: number | null;
}

export interface RowResult {
  readonly measures: readonly Measure[];
  readonly standings: readonly Standing[];
  /** What a reader must know to judge the numbers. */
  readonly notes: readonly string[];
}

export interface Bench {
  readonly options: Options;
  /** On its own core where there are two. */
  readonly generator: Generator;
  say(text: string): void;
  /** Runs at the end of the row, last first, whatever happens. */
  defer(release: () => Promise<void> | void): void;
}

export interface Row {
  readonly id: string;
  readonly title: string;
  run(bench: Bench): Promise<RowResult>;
}

export function speedMeasure(what: string, target: Target | null, a: Standing, b: Standing): Measure {
  const values = speedRatios(a, b);
  return { what, target, unit: 'times', value: median(values), values, cpuRatio: cpuRatio(a, b) };
}

export function plainMeasure(
  what: string,
  target: Target | null,
  unit: Measure['unit'],
  values: readonly number[],
): Measure {
  return { what, target, unit, value: median(values), values, cpuRatio: null };
}

export function verdict({ target, value }: Measure): 'aim' | 'budget' | 'short' | null {
  if (target === null) return null;
  const reaches = (goal: number): boolean => (target.better === 'higher' ? value >= goal : value <= goal);
  if (reaches(target.aim)) return 'aim';
  return reaches(target.budget) ? 'budget' : 'short';
}
