export type TenantErrorCode =
  | 'unknown_tenant'
  | 'duplicate_tenant'
  | 'invalid_tenant'
  | 'reserved_tenant'
  | 'stale'
  | 'busy';

/** A change to a tenant was refused. The message may be shown to whoever asked. */
export class TenantError extends Error {
  override readonly name = 'TenantError';
  readonly code: TenantErrorCode;

  constructor(code: TenantErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
