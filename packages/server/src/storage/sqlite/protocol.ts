import type { SentError } from './errors.ts';

/** What the main thread and its writer say to each other. */
export interface WriterOptions {
  readonly file: string;
  readonly process: string;
  readonly patienceMs: number;
  /** Only for tests of a full disk. */
  readonly maxPages?: number;
  /** Only for tests: tenants whose audit chain is remembered. */
  readonly rememberedHeads?: number;
}

export interface SentCall {
  readonly verb: string;
  readonly args: readonly unknown[];
  readonly now: number;
}

export type ToWriter =
  | { readonly kind: 'group'; readonly calls: readonly SentCall[]; readonly waitedMs: number }
  | { readonly kind: 'close' };

export type SentAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: SentError };

export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly error: SentError }
  /** One answer per call of the oldest group that is not answered yet. */
  | { readonly kind: 'answers'; readonly answers: readonly SentAnswer[] }
  | { readonly kind: 'closed' };
