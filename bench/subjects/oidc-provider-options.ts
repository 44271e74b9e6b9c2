export interface OidcProviderOptions {
  readonly port: number;
  /** SQLite file. */
  readonly database: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly users: number;
}

export interface OidcProviderReady {
  readonly users: readonly { readonly accountId: string; readonly sessionId: string }[];
}
