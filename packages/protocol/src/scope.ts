import { OAuthError } from './errors.ts';

const maxLength = 8192;
const maxTokens = 100;
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

/**
 * Parses a scope string: each token once, in the order sent. Superfluous spaces are ignored; at most 100 tokens of 256
 * characters, 8192 in all.
 * @throws {OAuthError} `invalid_scope`
 * @see RFC 6749 §3.3
 */
export function parseScope(value: string): readonly string[] {
  if (value.length > maxLength) throw refusal('the scope is too long');
  const tokens = [...new Set(value.split(' ').filter((token) => token !== ''))];
  if (tokens.length > maxTokens) throw refusal('the scope has too many entries');
  if (!tokens.every((token) => scopeToken.test(token))) throw refusal('the scope is malformed');
  return tokens;
}

/** Writes a scope in wire form. */
export function formatScope(scope: readonly string[]): string {
  return scope.join(' ');
}

export interface ScopeRequest {
  /** Undefined when the request had no `scope`. */
  readonly requested: readonly string[] | undefined;
  /** What this client may have here. */
  readonly allowed: readonly string[];
  /** What this client gets without asking; entries outside `allowed` do not count. */
  readonly defaults: readonly string[];
  /** At the authorization endpoint unknown scopes are dropped, at the token endpoint refused. */
  readonly onUnknown: 'drop' | 'refuse';
}

/**
 * Decides which scopes a request is about. Never answers an empty list, and never more than was asked for or is the
 * default. A refresh or an exchange without scope follows its own rule and does not come here.
 * @throws {OAuthError} `invalid_scope` if nothing remains, or with `refuse` if any is not allowed
 * @see RFC 6749 §3.3, §5.2
 */
export function resolveScope(request: ScopeRequest): readonly string[] {
  const wanted = [...new Set(request.requested ?? request.defaults)];
  const granted = wanted.filter((token) => request.allowed.includes(token));
  const refusesUnknown = request.requested !== undefined && request.onUnknown === 'refuse';
  if (refusesUnknown && granted.length < wanted.length) {
    throw refusal('a requested scope is unknown or not allowed for this client');
  }
  if (granted.length === 0) {
    throw refusal(
      request.requested === undefined
        ? 'no scope was requested and the client has no default scope'
        : 'none of the requested scopes is allowed for this client',
    );
  }
  return granted;
}

function refusal(description: string): OAuthError {
  return new OAuthError('invalid_scope', description);
}
