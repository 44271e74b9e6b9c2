export type BackupErrorCode =
  /** The file is there already. */
  | 'exists'
  /** The file is none of ours, was altered, or ends too early. */
  | 'damaged'
  /** A newer program wrote it. */
  | 'newer_format'
  /** It holds the tables of another schema version than this program has. */
  | 'other_schema'
  /** There is a store already where it was to be restored. */
  | 'target_not_empty';

/** Nothing was written, or it was undone. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: BackupErrorCode;

  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
