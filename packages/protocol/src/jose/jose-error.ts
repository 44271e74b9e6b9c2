/** Why a JOSE object was refused. Meant for logs and for `switch`; callers at the wire map it to a registered code. */
export type JoseErrorCode =
  | 'malformed'
  | 'too_large'
  | 'duplicate_member'
  | 'unsupported_algorithm'
  | 'unsupported_critical'
  | 'invalid_header'
  | 'invalid_payload'
  | 'invalid_key'
  | 'weak_key'
  | 'private_key'
  | 'key_mismatch';

/** A refusal in the JOSE layer. The message never contains key material or token text. */
export class JoseError extends Error {
  override readonly name = 'JoseError';
  readonly code: JoseErrorCode;

  constructor(code: JoseErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
