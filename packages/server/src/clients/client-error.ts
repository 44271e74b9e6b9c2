export type ClientErrorCode =
  | 'unknown_client'
  | 'duplicate_client'
  | 'invalid_client_id'
  | 'invalid_metadata'
  | 'invalid_secret'
  | 'too_many_secrets'
  | 'unknown_secret'
  | 'unknown_token'
  | 'invalid_token_bounds'
  | 'stale'
  | 'busy';

/** A change to a client was refused. The message may be shown to whoever asked; it repeats no secret. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
