/** `countersign tour`: starts a throw-away instance, runs the flows as real clients do, and leaves nothing behind. */
import { CommandError } from '../command-error.ts';
import { counted } from '../table.ts';
import { paint, printable, type Terminal } from '../terminal.ts';
import { StepFailure } from './step.ts';
import { steps } from './steps/index.ts';
import { type World, withWorld } from './world.ts';

interface Result {
  readonly name: string;
  readonly status: 'ok' | 'failed';
  readonly summary: string;
  /** Each thing that was seen to hold. */
  readonly verified: readonly string[];
  readonly ms: number;
}

const nameWidth = Math.max(...steps.map(({ name }) => name.length));

export async function tour(terminal: Terminal, options: { readonly json?: boolean }): Promise<void> {
  const startedAt = performance.now();
  const interruption = new AbortController();
  const interrupt = (): void =>
    interruption.abort(
      new CommandError('interrupted', 'The tour was interrupted. Everything that it made is removed.'),
    );
  // Not once: who presses Ctrl-C twice must not leave a directory behind.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const results: Result[] = [];
  const failed = (): Result | undefined => results.find(({ status }) => status === 'failed');
  try {
    await withWorld(interruption.signal, async (world) => {
      if (options.json !== true) terminal.out(`A throw-away instance at ${world.issuer}`);
      for (const step of steps) {
        const result = await runStep(world, step);
        results.push(result);
        if (options.json !== true) terminal.out(line(terminal, result));
        if (result.status === 'failed') return;
      }
    });
  } catch (error) {
    // What an aborted request throws is of no interest to who aborted it.
    interruption.signal.throwIfAborted();
    throw error;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
  const sum = {
    ok: failed() === undefined,
    steps: results,
    checks: results.reduce((count, { verified }) => count + verified.length, 0),
    ms: Math.round(performance.now() - startedAt),
  };
  if (options.json === true) terminal.out(JSON.stringify(sum, null, 2));
  const failure = failed();
  if (failure !== undefined) {
    throw new CommandError(
      'tour_failed',
      `${failure.name} failed: ${failure.summary}`,
      'If this is a release, please report it. Everything that the tour made is removed.',
    );
  }
  if (options.json !== true) {
    terminal.out(
      `All ${counted(sum.checks, 'check')} in ${counted(results.length, 'flow')} hold, after ${(sum.ms / 1000).toFixed(1)} s. Everything is removed again.`,
    );
  }
}

async function runStep(world: World, { name, run }: (typeof steps)[number]): Promise<Result> {
  const startedAt = performance.now();
  const verified: string[] = [];
  const result = (status: Result['status'], summary: string): Result => ({
    name,
    status,
    summary,
    verified,
    ms: Math.round(performance.now() - startedAt),
  });
  world.signal.throwIfAborted();
  try {
    const summary = await run(world, (what, holds, why = 'it does not hold') => {
      if (!holds) throw new StepFailure(what, why);
      verified.push(what);
    });
    return result('ok', summary);
  } catch (error) {
    world.signal.throwIfAborted();
    return result('failed', describeFailure(error));
  }
}

/** What did not hold, or what kept the step from finding out: a server that is gone is a finding, too. */
function describeFailure(error: unknown): string {
  if (error instanceof StepFailure) return `${error.what}: ${error.why}`;
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

function line(terminal: Terminal, { name, status, summary, ms }: Result): string {
  const state = status === 'ok' ? paint(terminal, 'ok', 'ok    ') : paint(terminal, 'bad', 'failed');
  return `${state}  ${name.padEnd(nameWidth)}  ${printable(summary)}  ${ms} ms`;
}
