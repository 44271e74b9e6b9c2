import { OAuthError, type ProfileFeature } from './errors.ts';
import { isJsonObject } from './jose/strict-json.ts';
import { isLoopbackHost } from './redirect-uri.ts';
import { parseAbsoluteUri } from './uri.ts';

const maxTextLength = 256;
const maxUriLength = 2000;
const maxEntries = 50;

/** The refusal of one member; its wire name opens the description. */
export function invalidMember(name: string, problem: string, feature?: ProfileFeature): OAuthError {
  return new OAuthError('invalid_client_metadata', `${name} ${problem}`, { feature });
}

/** Controls, line separators, and signs that turn the writing direction of what follows: nothing a name or address has. */
const unshowable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** Reads typed members off a registration request. `null` and the empty text count as absent (RFC 7592 §2.2). */
export class MetadataReader {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #ignored: ReadonlySet<string>;

  constructor(input: unknown, ignored: readonly string[]) {
    if (!isJsonObject(input)) {
      throw new OAuthError('invalid_client_metadata', 'client metadata is not a JSON object');
    }
    this.#members = input;
    this.#ignored = new Set(ignored);
  }

  /** The members that were sent, including those we do not know. */
  names(): readonly string[] {
    return Object.keys(this.#members).filter((name) => this.has(name));
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  raw(name: string): unknown {
    if (this.#ignored.has(name) || !Object.hasOwn(this.#members, name)) return undefined;
    const value = this.#members[name];
    return value === null || value === '' ? undefined : value;
  }

  /** A non-empty string without control characters. */
  text(name: string, maxLength = maxTextLength): string | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : this.#checkText(name, value, maxLength);
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value !== undefined && typeof value !== 'boolean') throw invalidMember(name, 'is not true or false');
    return value;
  }

  wholeNumber(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
      throw invalidMember(name, 'is not a whole number');
    }
    return value;
  }

  /** A list of distinct non-empty strings, at most 50. */
  list(name: string, maxLength = maxTextLength): readonly string[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw invalidMember(name, 'is not an array of strings');
    if (value.length > maxEntries) throw invalidMember(name, 'has too many entries');
    return [...new Set(value.map((entry: unknown) => this.#checkText(name, entry, maxLength)))];
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const chosen = choices.find((candidate) => candidate === value);
    if (chosen === undefined) throw invalidMember(name, 'is not supported');
    return chosen;
  }

  /** An https URL, or http on a loopback host, without fragment and user information; a browser may be sent there. */
  webUri(name: string): string | undefined {
    const value = this.text(name, maxUriLength);
    if (value !== undefined) checkWebUri(name, value);
    return value;
  }

  /** The same, and https without exception. */
  httpsUri(name: string): string | undefined {
    const value = this.webUri(name);
    if (value !== undefined && !/^https:/i.test(value)) throw invalidMember(name, 'is not an https URL');
    return value;
  }

  #checkText(name: string, value: unknown, maxLength: number): string {
    if (typeof value !== 'string' || value === '') throw invalidMember(name, 'is not a non-empty string');
    if (value.length > maxLength) throw invalidMember(name, 'is too long');
    if (unshowable.test(value) || !value.isWellFormed()) throw invalidMember(name, 'has control characters');
    return value;
  }
}

/** @throws {OAuthError} `invalid_client_metadata` */
export function checkWebUri(name: string, value: string): void {
  const parts = parseAbsoluteUri(value);
  const isWeb = parts?.scheme === 'https' || (parts?.scheme === 'http' && isLoopbackHost(parts.url.hostname));
  if (parts === undefined || !isWeb || parts.hasFragment || parts.authority?.includes('@')) {
    throw invalidMember(name, 'is not an https URL without fragment');
  }
}
