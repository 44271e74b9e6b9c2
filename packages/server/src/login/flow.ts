/**
 * What a sign-in still lacks, as a table. No endpoint makes a session on its own judgement: it asks here, and a
 * session is made in `done` alone. So an account with a second factor cannot be had by a password (decision 14).
 */

export type LoginState = 'identify' | 'password' | 'second-factor' | 'new-password' | 'done' | 'refused';

export type LoginEvent =
  | 'identified'
  | 'password-verified'
  | 'password-refused'
  | 'factor-verified'
  | 'factor-refused'
  | 'password-replaced';

/** What holds for the account, read from the store at this step and never carried in a form. */
export interface LoginFacts {
  readonly enabled: boolean;
  readonly hasSecondFactor: boolean;
  readonly mustChangePassword: boolean;
}

type Next = LoginState | ((facts: LoginFacts) => LoginState);

const afterFactors: Next = ({ mustChangePassword }) => (mustChangePassword ? 'new-password' : 'done');
const afterPassword: Next = (facts) => (facts.hasSecondFactor ? 'second-factor' : afterFactors(facts));

/** An event that has no entry in a state is refused: steps cannot be skipped, repeated or swapped. */
const table: Readonly<Record<LoginState, Partial<Readonly<Record<LoginEvent, Next>>>>> = {
  identify: { identified: 'password' },
  password: { 'password-verified': afterPassword, 'password-refused': 'refused' },
  'second-factor': { 'factor-verified': afterFactors, 'factor-refused': 'refused' },
  'new-password': { 'password-replaced': 'done' },
  done: {},
  refused: {},
};

export function nextLoginState(state: LoginState, event: LoginEvent, facts: LoginFacts): LoginState {
  if (!facts.enabled) return 'refused';
  const next = table[state][event] ?? 'refused';
  return typeof next === 'function' ? next(facts) : next;
}

/** Every state and event, for tables and tests. */
export const loginStates = Object.keys(table) as readonly LoginState[];
export const loginEvents: readonly LoginEvent[] = [
  'identified',
  'password-verified',
  'password-refused',
  'factor-verified',
  'factor-refused',
  'password-replaced',
];
