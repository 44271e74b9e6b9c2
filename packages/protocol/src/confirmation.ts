import { OAuthError } from './errors.ts';
import { isJsonObject } from './jose/strict-json.ts';

/** The `cnf` claim: to which key a token is bound. At least one member. */
export interface Confirmation {
  /** SHA-256 thumbprint of a DPoP key (RFC 9449 §6.1). */
  readonly jkt?: string;
  /** SHA-256 thumbprint of a client certificate (RFC 8705 §3.1). */
  readonly 'x5t#S256'?: string;
}

const sha256Text = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/**
 * Parses a `cnf` claim. A confirmation by a method that we cannot check is refused, because a token that says it is
 * bound must never pass as a bearer token. Does not compare it with anything.
 * @throws {OAuthError} `invalid_token`
 * @see RFC 7800 §3.1, RFC 8705 §3.1, RFC 9449 §6.1
 */
export function parseConfirmation(value: unknown): Confirmation {
  const names = isJsonObject(value) ? Object.keys(value) : [];
  if (!isJsonObject(value) || names.length === 0 || !names.every(isKnownMember)) {
    throw new OAuthError('invalid_token', 'the token is bound by an unknown method');
  }
  const members = names.map((name) => [name, value[name]] as const);
  if (!members.every(([, text]) => typeof text === 'string' && sha256Text.test(text))) {
    throw new OAuthError('invalid_token', 'the token has a malformed confirmation');
  }
  return Object.fromEntries(members) as Confirmation;
}

function isKnownMember(name: string): boolean {
  return name === 'jkt' || name === 'x5t#S256';
}
