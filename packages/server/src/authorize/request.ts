/** An authorization request: what it is once every step has passed it. */
import type { CodeChallenge, Parameters } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import type { ClientRecord } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';

export type Prompt = 'none' | 'login' | 'consent' | 'select_account';

/** Where an answer may go. Known before anything else is looked at. */
export interface AnswerTarget {
  readonly client: ClientRecord;
  readonly redirectUri: string;
  readonly redirectUriSent: boolean;
  readonly state: string | undefined;
}

export interface AuthorizationRequest extends AnswerTarget {
  readonly parameters: Parameters;
  /** Set when the request was pushed: spent when its code is issued. */
  readonly pushedRequest: Hashed<'request-uri'> | null;
  readonly scope: readonly string[];
  readonly resources: readonly string[];
  readonly prompt: ReadonlySet<Prompt>;
  /** Seconds; from the request, else the client's default_max_age. */
  readonly maxAge: number | undefined;
  readonly nonce: string | null;
  readonly codeChallenge: CodeChallenge | null;
  readonly loginHint: string | undefined;
  readonly uiLocales: readonly string[];
}

/** What every step sees. */
export interface StepInput {
  readonly parameters: Parameters;
  readonly client: ClientRecord;
  readonly context: RequestContext;
}
