export type MoveErrorCode =
  /** There is no embedded store, or none that was ever used. */
  | 'source_missing'
  /** The source was last used by another version of this program. */
  | 'source_schema'
  /** A program went on working on the source until the patience ended. The copy can be gone on with. */
  | 'source_in_use'
  /** The database holds something else. Nothing was changed. */
  | 'target_not_empty'
  /** The copy had been finished before. Nothing was changed. */
  | 'already_moved'
  /** Another move works on the same target. */
  | 'target_busy'
  /** The target did not answer, or refused a statement. The copy can be gone on with. */
  | 'target_failed'
  /** Source and target differ although nobody wrote. The target stays unfinished. */
  | 'mismatch';

/** The move did not come to its end. The source is as it was; an unfinished target opens for no program. */
export class MoveError extends Error {
  override readonly name = 'MoveError';
  readonly code: MoveErrorCode;

  constructor(code: MoveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
