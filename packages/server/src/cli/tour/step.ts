/** What a step of the tour is: a flow, and what has to hold in it. */
import type { World } from './world.ts';

export interface Step {
  readonly name: string;
  /** Answers in one line what was seen. @throws {StepFailure} at the first thing that does not hold */
  run(world: World, check: Check): Promise<string>;
}

/** Notes what holds, or ends the step. `why` says what was seen instead. */
export type Check = (what: string, holds: boolean, why?: string) => void;

/** What was expected and did not come; `why` is what came. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly what: string;
  readonly why: string;

  constructor(what: string, why: string) {
    super(`${what}: ${why}`);
    this.what = what;
    this.why = why;
  }
}
