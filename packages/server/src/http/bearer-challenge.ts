/** What a resource of ours says to a caller whose access token does not do (RFC 6750 §3). */
import { OAuthError } from '@countersign/protocol';

/** No token came. The challenge then names no error: the caller may not have known that one is needed. */
export class MissingTokenError extends OAuthError {
  constructor() {
    super('invalid_token', 'an access token is needed: Authorization: Bearer');
  }
}

/** The token is good, but not for this. */
export class InsufficientScopeError extends OAuthError {
  /** What would do, space-delimited. */
  readonly scope: string;

  constructor(scope: string) {
    super('insufficient_scope', `the access token lacks the scope ${scope}`);
    this.scope = scope;
  }
}

/** Value of WWW-Authenticate; undefined for an error that has no challenge (429, 5xx). */
export function bearerChallenge(realm: string, error: unknown): string | undefined {
  if (!(error instanceof OAuthError) || ![400, 401, 403].includes(error.status)) return undefined;
  const challenge = `Bearer realm="${realm}"`;
  if (error instanceof MissingTokenError) return challenge;
  const scope = error instanceof InsufficientScopeError ? `, scope="${error.scope}"` : '';
  return `${challenge}, error="${error.code}", error_description="${error.description}"${scope}`;
}
