import { OAuthError } from './errors.ts';

/** Reads typed claims and refuses with one code, so that each parser speaks its own error. */
export interface ClaimReader {
  text(name: string, maxLength?: number): string;
  optionalText(name: string, maxLength?: number): string | undefined;
  /** Seconds since the epoch. Fractions are allowed by RFC 7519 §2 and kept. */
  time(name: string): number;
  optionalTime(name: string): number | undefined;
  /** A string or a non-empty list of strings, as sent. */
  audience(): string | readonly string[];
  optionalList(name: string): readonly string[] | undefined;
}

const maxAudiences = 50;

/** A reader over a claims set; `refuse` makes the error from a private detail. */
export function readClaims(
  claims: Readonly<Record<string, unknown>>,
  refuse: (detail: string) => OAuthError,
): ClaimReader {
  const own = (name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  const optionalText = (name: string, maxLength = 1024): string | undefined => {
    const value = own(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '' || value.length > maxLength)
      throw refuse(`${name} is not a string`);
    return value;
  };
  const optionalTime = (name: string): number | undefined => {
    const value = own(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw refuse(`${name} is not a time`);
    return value;
  };
  const list = (name: string, value: unknown): readonly string[] => {
    const valid = Array.isArray(value) && value.length <= maxAudiences;
    if (!valid || !value.every((entry) => typeof entry === 'string' && entry !== '')) {
      throw refuse(`${name} is not a list of strings`);
    }
    return value;
  };
  const required = <T>(name: string, value: T | undefined): T => {
    if (value === undefined) throw refuse(`${name} is missing`);
    return value;
  };
  return {
    optionalText,
    optionalTime,
    text: (name, maxLength) => required(name, optionalText(name, maxLength)),
    time: (name) => required(name, optionalTime(name)),
    audience: () => {
      const value = own('aud');
      if (typeof value === 'string' && value !== '') return value;
      const entries = list('aud', value);
      if (entries.length === 0) throw refuse('aud is empty');
      return entries;
    },
    optionalList: (name) => (own(name) === undefined ? undefined : list(name, own(name))),
  };
}

/** An `aud` value as a list. */
export function audienceList(audience: string | readonly string[]): readonly string[] {
  return typeof audience === 'string' ? [audience] : audience;
}

/** A list in wire form: the single entry as a string (RFC 7519 §4.1.3). */
export function formatAudience(audience: readonly string[]): string | readonly string[] {
  const [only] = audience;
  return audience.length === 1 && only !== undefined ? only : audience;
}

/**
 * Joins a builder's claims with extra ones, without the undefined. An extra claim may not bear a name that the builder
 * knows, set or not: otherwise a claim about a user could become the `nonce` or the `cnf`.
 * @throws {OAuthError} `server_error`
 */
export function mergeClaims(
  own: Readonly<Record<string, unknown>>,
  extra: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const clash = Object.keys(extra).find((name) => Object.hasOwn(own, name) || name === '__proto__');
  if (clash !== undefined) {
    throw new OAuthError('server_error', 'the token could not be built', {
      detail: `extra claim ${clash} is reserved`,
    });
  }
  const merged: Record<string, unknown> = {};
  for (const claims of [own, extra]) {
    for (const name of Object.keys(claims)) if (claims[name] !== undefined) merged[name] = claims[name];
  }
  return merged;
}
