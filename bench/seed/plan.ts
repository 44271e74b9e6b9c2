import type { FlowUser } from '../load/job.ts';

/** What a data directory is filled with before its server starts. */
export interface SeedPlan {
  readonly directory: string;
  /** Tenants beside the default one, each with a service client and a web client. */
  readonly tenants: number;
  /** Spread over those tenants; in the default tenant when there are none. */
  readonly users: number;
  /** The first so many users are signed in. */
  readonly signedIn: number;
}

export interface Seeded {
  /** Clients of the default tenant, by id. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The service client of each further tenant. */
  readonly services: readonly { readonly tenant: string; readonly id: string; readonly secret: string }[];
  readonly users: readonly FlowUser[];
}
