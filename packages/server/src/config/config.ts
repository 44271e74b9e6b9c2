/** The process settings as the program uses them: parsed, checked, frozen. Times are seconds unless the name says otherwise. */

export interface ListenAddress {
  /** Address or name to bind, without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface Networks {
  /** As configured, in CIDR form. */
  readonly ranges: readonly string[];
  /** Whether an address (IPv4, IPv6, IPv4-mapped) lies in one of them. False for anything that is no address. */
  includes(address: string): boolean;
}

export type PeerTls = 'verify-full' | 'disable';

export interface PostgresSettings {
  /** Without a password. */
  readonly url: string;
  readonly passwordFile: string | null;
  readonly tls: PeerTls;
  readonly caFile: string | null;
  readonly writers: number;
  readonly readers: number;
  readonly statementTimeoutMs: number;
  readonly prepareStatements: boolean;
}

export type RedisMode = 'standalone' | 'cluster';

export interface RedisSettings {
  readonly mode: RedisMode;
  readonly addresses: readonly ListenAddress[];
  readonly username: string | null;
  readonly passwordFile: string | null;
  readonly tls: PeerTls;
  readonly caFile: string | null;
  readonly prefix: string;
  readonly commandTimeoutMs: number;
}

export type BootstrapMode = 'token' | 'bootstrap' | 'link';
export type LogLevelSetting = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface Config {
  /** Part of every key id: `dev`, `production` or any slug. */
  readonly environment: string;
  readonly server: {
    /** An origin, without trailing slash; the issuer of the default tenant. */
    readonly publicUrl: string;
    /** Whether `publicUrl` is https. */
    readonly secure: boolean;
    readonly listen: ListenAddress;
    /** `explicit`: set by somebody, so that failing to bind it is fatal. */
    readonly internalListen: ListenAddress & { readonly explicit: boolean };
    readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
    readonly trustedProxies: Networks;
    readonly drainSeconds: number;
    readonly maxHeaderBytes: number;
  };
  readonly storage: {
    /** Absolute. */
    readonly directory: string;
    readonly patienceMs: number;
    /** null: the embedded store in `directory`. */
    readonly postgres: PostgresSettings | null;
  };
  readonly ephemeral: {
    /** null: where everything else is kept. */
    readonly redis: RedisSettings | null;
  };
  readonly log: { readonly level: LogLevelSetting };
  readonly rateLimits: {
    readonly enabled: boolean;
    /** Absolute; the key of the privacy buckets. */
    readonly secretFile: string;
    readonly clientPerSecond: number;
  };
  readonly iam: {
    readonly bootstrap: { readonly mode: BootstrapMode | null; readonly tokenFile: string | null };
  };
  readonly keys: {
    readonly rotationSeconds: number;
    readonly publishSeconds: number;
    readonly retiredSeconds: number;
    readonly checkSeconds: number;
  };
  readonly lifetimes: {
    readonly accessTokenSeconds: number;
    readonly idTokenSeconds: number;
    readonly codeSeconds: number;
    readonly pushedRequestSeconds: number;
    readonly deviceCodeSeconds: number;
    readonly refreshSeconds: number;
    readonly refreshIdleSeconds: number;
    readonly interactionSeconds: number;
    readonly sessionIdleSeconds: number;
    readonly sessionSeconds: number;
  };
  readonly clockSkew: { readonly proofSeconds: number; readonly assertionSeconds: number };
  readonly passwords: {
    readonly minLength: number;
    /** How many hashes are computed at once. */
    readonly hashConcurrency: number;
    /** How many may wait; beyond that a caller is told to come back. */
    readonly hashQueue: number;
  };
  readonly outbound: {
    /** Addresses inside that URLs of clients may reach, over http too. */
    readonly allowedNetworks: Networks;
    /** Nothing goes out. */
    readonly sealed: boolean;
    /** Absolute; PEM certificates trusted beside the usual authorities. */
    readonly caFile: string | null;
  };
  readonly secrets: {
    /** Absolute. */
    readonly envelopeKeyFile: string;
  };
  /** Switches for what is not for everybody yet. */
  readonly features: { readonly mlDsa: boolean };
}
