/** An authorization request: what it is once every step has passed it. */
import type { ClaimsRequest, CodeChallenge, Parameters } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import type { ClientRecord } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import type { IdTokenHints } from '../tokens/index.ts';
import type { AcrDemand } from './levels.ts';

export type Prompt = 'none' | 'login' | 'consent' | 'select_account';
export type ResponseMode = 'query' | 'form_post';
export type Display = 'page' | 'popup' | 'touch' | 'wap';

/** Where an answer may go, and how. Known before anything else is looked at. */
export interface AnswerTarget {
  readonly client: ClientRecord;
  readonly redirectUri: string;
  readonly redirectUriSent: boolean;
  readonly state: string | undefined;
  readonly responseMode: ResponseMode;
  /** For the page that carries an answer by form, as for all others. */
  readonly uiLocales: readonly string[];
  readonly display: Display;
}

/** How the parameters came: what they are worth, and what is spent when their code is issued. */
export interface RequestOrigin {
  /** Set when the request was pushed. */
  readonly pushedRequest: Hashed<'request-uri'> | null;
  /** Whether the client signed it: a request object. */
  readonly isSigned: boolean;
  /** Of a request object with a `jti`. */
  readonly use: SingleUse | null;
}

/** Parameters in the open. */
export const plainOrigin: RequestOrigin = { pushedRequest: null, isSigned: false, use: null };

/** A claim in the ephemeral store that one caller can make. */
export interface SingleUse {
  readonly key: string;
  /** Epoch seconds. */
  readonly rememberUntil: number;
}

/** Parameters, wherever they came from. */
export interface LoadedRequest {
  readonly parameters: Parameters;
  readonly origin: RequestOrigin;
}

export interface AuthorizationRequest extends AnswerTarget {
  readonly parameters: Parameters;
  readonly origin: RequestOrigin;
  readonly scope: readonly string[];
  readonly resources: readonly string[];
  readonly prompt: ReadonlySet<Prompt>;
  /** Seconds; from the request, else the client's default_max_age. */
  readonly maxAge: number | undefined;
  readonly authTimeRequired: boolean;
  readonly nonce: string | null;
  readonly codeChallenge: CodeChallenge | null;
  readonly claims: ClaimsRequest | null;
  /** What the person is asked to allow: the scope, and the scopes that stand for claims asked for by name. */
  readonly consentScope: readonly string[];
  readonly acr: AcrDemand | null;
  /** `sub` of the hint, as this client sees it: nobody else may be answered for. */
  readonly hintedSub: string | undefined;
  readonly loginHint: string | undefined;
}

/** What every step sees. */
export interface StepInput {
  readonly parameters: Parameters;
  readonly client: ClientRecord;
  readonly context: RequestContext;
}

/** What steps ask beside the request. */
export interface StepServices {
  readonly hints: IdTokenHints;
}
