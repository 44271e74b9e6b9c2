/** Registered error codes, and four of ours: `invalid_profile_usage`, `rate_limited`, and what RFC 9470 adds. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'login_required'
  | 'consent_required'
  | 'interaction_required'
  | 'account_selection_required'
  | 'invalid_request_uri'
  | 'invalid_request_object'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'
  | 'unmet_authentication_requirements'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'unsupported_token_type'
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'invalid_software_statement'
  | 'unapproved_software_statement'
  | 'invalid_profile_usage'
  | 'rate_limited'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'insufficient_user_authentication';

/** The part of the profile that a refusal is about; each has a page at `/help/{feature}` (CAP-1). */
export type ProfileFeature =
  | 'redirect_uri'
  | 'wildcard_redirect'
  | 'response_type'
  | 'response_mode'
  | 'pkce'
  | 'grant_type'
  | 'dynamic_registration';

export interface OAuthErrorOptions {
  /** The true cause, for the log. Never shown to a caller. */
  readonly detail?: string | undefined;
  readonly feature?: ProfileFeature | undefined;
  /** HTTP status where the code's own does not fit (RFC 9449: 400 at the token endpoint, 401 at a resource). */
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

const statusByCode: ReadonlyMap<OAuthErrorCode, number> = new Map([
  ['invalid_client', 401],
  ['invalid_token', 401],
  ['insufficient_user_authentication', 401],
  ['insufficient_scope', 403],
  ['rate_limited', 429],
  ['server_error', 500],
  ['temporarily_unavailable', 503],
]);

/**
 * A refusal with a public and a private half. `code` and `description` may go to the caller as they are; `detail` and
 * `cause` may not. `message` holds the public half only, so that a logged or leaked message gives nothing away.
 */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;
  /** Safe on the wire: ASCII without quote or backslash, at most 256 characters. */
  readonly description: string;
  /** Private: for the log, never for the caller. */
  readonly detail: string | undefined;
  readonly feature: ProfileFeature | undefined;
  /** HTTP status for a direct response; 400 unless the code says otherwise. */
  readonly status: number;

  constructor(code: OAuthErrorCode, description: string, options: OAuthErrorOptions = {}) {
    const safe = toErrorDescription(description);
    super(`${code}: ${safe}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.description = safe;
    this.detail = options.detail;
    this.feature = options.feature;
    this.status = options.status ?? statusByCode.get(code) ?? 400;
  }
}

const maxDescriptionLength = 256;

/**
 * Makes any text fit for `error_description`: quotes and backslashes become an apostrophe, everything outside printable
 * ASCII a question mark, and the rest beyond 256 characters is cut. Does not remove secrets: that is the author's duty.
 * @see RFC 6749 §4.1.2.1, §5.2
 */
export function toErrorDescription(text: string): string {
  return text
    .slice(0, maxDescriptionLength)
    .replace(/["\\]/g, "'")
    .replace(/[^\x20-\x7e]/g, '?');
}
