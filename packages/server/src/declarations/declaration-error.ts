/** Where in the files: `clients.yaml:12`. */
export interface DeclarationProblem {
  readonly path: string;
  /** Completes the sentence "`path` …"; repeats no value. */
  readonly message: string;
}

/** What is declared cannot be: nothing was changed. */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError';
  readonly code = 'invalid_declaration';
  readonly problems: readonly DeclarationProblem[];

  constructor(problems: readonly DeclarationProblem[], options?: ErrorOptions) {
    super(problems.map(({ path, message }) => `${path} ${message}`).join('\n'), options);
    this.problems = problems;
  }
}
