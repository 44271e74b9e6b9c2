export type StorageErrorCode =
  /** The store does not answer: locked past its patience, connection lost, closed. Retrying later may work. */
  | 'unavailable'
  /** No room on the device. */
  | 'full'
  /** The store may be read but not written. */
  | 'read-only'
  /** A newer program wrote this store and this one cannot read it. */
  | 'incompatible'
  /** The file is not what it should be. */
  | 'corrupt'
  /** A bug: a constraint or statement the driver did not expect. */
  | 'internal';

/** The one error a storage driver throws. `detail` is for the operator's log, never for a caller on the network. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}
