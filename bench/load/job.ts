/** What the runner asks of the load generator, and what it is told. Plain data: it travels between processes. */

/** A whole HTTP/1.1 request, ready for the socket, and what the answer must be. */
export interface RepeatPlan {
  readonly kind: 'repeat';
  /** Sent in turn; each connection starts somewhere else. */
  readonly requests: readonly string[];
  /** Text that every right answer contains; its status must be 200. */
  readonly contains: string;
}

/** A person who is signed in, at one tenant, and the client that the person uses. */
export interface FlowUser {
  /** Below the origin: `''` or `/t/acme`. */
  readonly basePath: string;
  readonly cookie: string;
  readonly subject: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** authorize → code → token with PKCE → refresh → userinfo, in this order; the unit is the whole flow. */
export interface CodeFlowPlan {
  readonly kind: 'code-flow';
  readonly users: readonly FlowUser[];
  readonly redirectUri: string;
  readonly scope: string;
}

/** Each connection rotates its own refresh token, one after the other. */
export interface RefreshPlan {
  readonly kind: 'refresh';
  readonly clientId: string;
  readonly clientSecret: string;
  /** At least one per connection; the answer to the job holds what became of them. */
  readonly tokens: readonly string[];
}

export type Plan = RepeatPlan | CodeFlowPlan | RefreshPlan;

export interface Job {
  /** Loopback ports; connections are spread over them. */
  readonly ports: readonly number[];
  readonly connections: number;
  readonly warmupMs: number;
  readonly measureMs: number;
  /** The job ends early when so many units are done. */
  readonly maxUnits: number;
  /** Server processes whose processor time is read from /proc at both ends of the measured window. */
  readonly pids: readonly number[];
  readonly plan: Plan;
}

export interface JobResult {
  readonly units: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the servers, all threads; null where there is no /proc. */
  readonly serverCpuSeconds: number | null;
  /** Share of one core that the generator used: near 1, it was the limit and not the server. */
  readonly generatorLoad: number;
  readonly wrong: number;
  readonly complaints: readonly string[];
  /** Some answers, for the runner to look at closely: bodies, for a flow the token answers. */
  readonly samples: readonly string[];
  /** Refresh tokens that are current at the end. */
  readonly tokens: readonly string[];
}
