/** A server under test: a child process that listens on loopback. */
import type { FlowUser } from '../load/job.ts';
import type { ClientCredentials } from '../load/requests.ts';

export interface Subject {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** An authorization server with the clients and people of the bench. */
export interface Provider extends Subject {
  client(id: string): ClientCredentials;
  /** Signed in; the first ones belong to the issuer at the origin. */
  readonly users: readonly FlowUser[];
}
