/** Nothing was done, because as much is under way as is allowed. Trying again later may work; answered 503. */
export abstract class OverloadError extends Error {
  abstract readonly code: string;
  /** Whole seconds. */
  abstract readonly retryAfterSeconds: number;
}
