/**
 * Authentication context classes: what a sign-in can prove here, and what a request asks to be proven (OpenID Connect
 * Core §5.5.1.1, RFC 9470 §4).
 */

export interface AuthenticationLevel {
  readonly acr: string;
  /** Each set of methods (RFC 8176 values) that reaches it. */
  readonly reachedBy: readonly (readonly string[])[];
}

/** Weakest first: whoever has reached one has reached those before it. */
const levels: readonly AuthenticationLevel[] = [{ acr: 'aal1', reachedBy: [['pwd']] }];

/** What discovery names: the classes that a sign-in here can reach. */
export const reachableAcrs: readonly string[] = levels.map(({ acr }) => acr);

/** The strongest class that these methods reach. @throws {TypeError} when they reach none: no sign-in ends like that */
export function acrReachedBy(amr: readonly string[]): string {
  const reached = levels.findLast(({ reachedBy }) =>
    reachedBy.some((methods) => methods.every((method) => amr.includes(method))),
  );
  if (reached === undefined) throw new TypeError(`a sign-in by ${amr.join(' ')} reaches no level`);
  return reached.acr;
}

/** Which classes a request asks for: any one of them suffices. */
export interface AcrDemand {
  readonly wanted: readonly string[];
  /** Met or refused; else it is a wish, and the true class is told whatever it is. */
  readonly essential: boolean;
}

/** Whether a session of this class meets the demand as it is. */
export function meetsAcr(demand: AcrDemand | null, actual: string): boolean {
  return demand === null || demand.wanted.some((wanted) => includesLevel(actual, wanted));
}

/** Whether a new sign-in could meet it. */
export function isReachable(demand: AcrDemand): boolean {
  return demand.wanted.some((wanted) => reachableAcrs.includes(wanted));
}

/**
 * What the client is told: the true class, or a weaker one that it asked for and that is included, since the answer to an
 * essential request names one of the requested values. Never a stronger one than was reached.
 */
export function acrToTell(demand: AcrDemand | null, actual: string): string {
  if (demand === null || demand.wanted.includes(actual)) return actual;
  return demand.wanted.find((wanted) => includesLevel(actual, wanted)) ?? actual;
}

function includesLevel(actual: string, wanted: string): boolean {
  const [reached, asked] = [reachableAcrs.indexOf(actual), reachableAcrs.indexOf(wanted)];
  return actual === wanted || (asked >= 0 && reached >= asked);
}
