export interface ConfigProblem {
  /** Setting, or name of the variable or file that is wrong. */
  readonly path: string;
  /** What is wrong, why it matters, what to do: one or two sentences. */
  readonly message: string;
}

/** The configuration was refused, with everything that is wrong with it. Nothing of it was put to use. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n'));
    this.problems = problems;
  }
}
