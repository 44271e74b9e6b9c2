/** Alternating rounds: A B C, A B C … so that a machine that grows slower or faster does so for all of them. */
import type { Generator } from './load/generator-client.ts';
import type { JobResult, Plan } from './load/job.ts';
import type { Options } from './options.ts';
import { median } from './statistics.ts';

export interface Contestant {
  readonly name: string;
  readonly ports: readonly number[];
  readonly pids: readonly number[];
  readonly generator: Generator;
  /** Asked for before each round: a refresh token is not the same afterwards. */
  plan(): Plan;
  /** Looks closely at some answers of a round. @throws when one is not what it should be */
  check?(result: JobResult): Promise<void> | void;
}

export interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server for one unit, all threads, in microseconds. */
  readonly cpuMicros: number | null;
  readonly generatorLoad: number;
  readonly units: number;
  readonly seconds: number;
}

export interface Standing {
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** Warm is who has run for a while and done enough for the compiler to have seen it. */
const warmupMs = 2000;
const warmUnits = 2500;
const maxWarmups = 6;
const settleMs = 300;
const maxUnits = 2_000_000;

/** @throws when an answer was wrong: a number over wrong answers is none */
export async function compare(
  contestants: readonly Contestant[],
  options: Options,
): Promise<readonly Standing[]> {
  for (const contestant of contestants) await warmUp(contestant, options);
  const standings = contestants.map(({ name }) => ({ name, rounds: [] as Round[] }));
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [index, contestant] of contestants.entries()) {
      standings[index]?.rounds.push(await play(contestant, options, settleMs, options.seconds * 1000));
    }
  }
  return standings;
}

async function warmUp(contestant: Contestant, options: Options): Promise<void> {
  let units = 0;
  for (let turn = 0; turn < maxWarmups && units < warmUnits; turn += 1) {
    units += (await play(contestant, options, 0, warmupMs)).units;
  }
}

async function play(
  contestant: Contestant,
  options: Options,
  warmup: number,
  measureMs: number,
): Promise<Round> {
  const result = await contestant.generator.run({
    ports: contestant.ports,
    pids: contestant.pids,
    connections: options.connections,
    warmupMs: warmup,
    measureMs,
    maxUnits,
    plan: contestant.plan(),
  });
  if (result.wrong > 0) {
    throw new Error(
      `${contestant.name}: ${result.wrong} wrong answers, such as ${result.complaints.join('; ')}`,
    );
  }
  if (result.units === 0) throw new Error(`${contestant.name}: nothing was answered`);
  await contestant.check?.(result);
  return {
    perSecond: result.units / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicros: result.serverCpuSeconds === null ? null : (result.serverCpuSeconds / result.units) * 1e6,
    generatorLoad: result.generatorLoad,
    units: result.units,
    seconds: result.seconds,
  };
}

/** How many times as many units per second `a` does as `b`, in each round. */
export function speedRatios(a: Standing, b: Standing): readonly number[] {
  return a.rounds.map((round, index) => round.perSecond / (b.rounds[index]?.perSecond ?? Number.NaN));
}

/** How many times the processor time of `a` one unit takes at `b`: what the ratio would be without waiting. */
export function cpuRatio(a: Standing, b: Standing): number | null {
  const ratios = a.rounds.map((round, index) => {
    const other = b.rounds[index]?.cpuMicros ?? null;
    return round.cpuMicros === null || other === null || round.cpuMicros === 0
      ? null
      : other / round.cpuMicros;
  });
  const known = ratios.filter((ratio) => ratio !== null);
  return known.length === ratios.length ? median(known) : null;
}

export function find(standings: readonly Standing[], name: string): Standing {
  const standing = standings.find((candidate) => candidate.name === name);
  if (standing === undefined) throw new Error(`${name} took no part`);
  return standing;
}
