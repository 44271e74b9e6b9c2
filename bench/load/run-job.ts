/** One job: a fixed number of connections, each with its script, for a bounded time and count. */
import { cpuSeconds } from './cpu-time.ts';
import { type Answer, HttpConnection } from './http-connection.ts';
import type { Job, JobResult } from './job.ts';
import { createScript, type Script } from './scripts.ts';

const maxComplaints = 5;
const maxSamples = 40;
/** Coprime with the number of connections, so that samples come from all of them. */
const sampleEvery = 211;
/** An answer that takes longer ends the job. */
const stallMs = 15_000;

export async function runJob(job: Job): Promise<JobResult> {
  const tally = new Tally();
  const scripts: Script[] = [];
  const loops = Array.from({ length: job.connections }, (_, index) => {
    const port = job.ports[index % job.ports.length] ?? 0;
    const script = createScript(job.plan, index, job.connections, port);
    scripts.push(script);
    return drive(script, port, tally);
  });
  const finished = Promise.all(loops);
  await Promise.race([sleep(job.warmupMs), finished]);
  const cpuBefore = cpuSeconds(job.pids);
  const ownBefore = process.cpuUsage();
  const started = tally.measure(job.maxUnits);
  await Promise.race([sleep(job.measureMs), tally.enough, finished]);
  const seconds = (performance.now() - started) / 1000;
  const cpuAfter = cpuSeconds(job.pids);
  const own = process.cpuUsage(ownBefore);
  tally.stop();
  await withinStall(finished);
  return {
    ...tally.result(),
    seconds,
    serverCpuSeconds: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
    generatorLoad: (own.user + own.system) / 1e6 / seconds,
    tokens: scripts.map((script) => script.token()).filter((token) => token !== undefined),
  };
}

/** Sends, waits, checks, until the tally has ended; what is under way then is waited for and not counted. */
async function drive(script: Script, port: number, tally: Tally): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let unitStarted = performance.now();
  const onAnswer = (answer: Answer): void => {
    try {
      const { done, sample } = script.accept(answer);
      if (sample !== undefined) tally.offer(sample);
      if (done) {
        const now = performance.now();
        tally.count(now - unitStarted);
        unitStarted = now;
      }
    } catch (error) {
      tally.complain(String(error));
      unitStarted = performance.now();
    }
    if (tally.ended) resolve();
    else connection.send(script.request());
  };
  const connection = await HttpConnection.open(port, onAnswer, reject);
  connection.send(script.request());
  try {
    await promise;
  } catch (error) {
    tally.complain(String(error));
  } finally {
    connection.close();
  }
}

class Tally {
  ended = false;
  readonly enough: Promise<void>;
  readonly #signal: () => void;
  readonly #latencies: number[] = [];
  readonly #complaints: string[] = [];
  readonly #samples: string[] = [];
  #measuring = false;
  #maxUnits = Number.POSITIVE_INFINITY;
  #offered = 0;
  #wrong = 0;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.enough = promise;
    this.#signal = resolve;
  }

  measure(maxUnits: number): number {
    this.#measuring = true;
    this.#maxUnits = maxUnits;
    return performance.now();
  }

  stop(): void {
    this.#measuring = false;
    this.ended = true;
  }

  count(latencyMs: number): void {
    if (!this.#measuring) return;
    this.#latencies.push(latencyMs);
    if (this.#latencies.length >= this.#maxUnits) this.#signal();
  }

  offer(sample: string): void {
    this.#offered += 1;
    if (this.#samples.length < maxSamples && this.#offered % sampleEvery === 1) this.#samples.push(sample);
  }

  /** A wrong answer counts, during the warm-up too. */
  complain(text: string): void {
    this.#wrong += 1;
    if (this.#complaints.length < maxComplaints) this.#complaints.push(text);
  }

  result(): Pick<JobResult, 'units' | 'p50Ms' | 'p99Ms' | 'wrong' | 'complaints' | 'samples'> {
    const sorted = Float64Array.from(this.#latencies).sort();
    const quantile = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
    return {
      units: sorted.length,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      wrong: this.#wrong,
      complaints: this.#complaints,
      samples: this.#samples,
    };
  }
}

async function withinStall(work: Promise<unknown>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${stallMs} ms`)), stallMs);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
