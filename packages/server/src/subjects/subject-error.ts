export type SubjectErrorCode =
  | 'unknown_subject'
  | 'duplicate_username'
  | 'invalid_username'
  | 'invalid_email'
  | 'invalid_profile'
  | 'invalid_attribute'
  | 'unknown_group'
  | 'duplicate_group'
  | 'invalid_group'
  | 'too_many_groups'
  | 'weak_password'
  | 'busy';

/** A change to a subject was refused. The message may be shown to whoever asked; it repeats no password. */
export class SubjectError extends Error {
  override readonly name = 'SubjectError';
  readonly code: SubjectErrorCode;

  constructor(code: SubjectErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
