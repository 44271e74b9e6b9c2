import { JoseError } from './jose-error.ts';

export interface JsonLimits {
  /** Longest accepted text in bytes (UTF-8). Default 65,536. */
  readonly maxBytes?: number;
  /** Deepest accepted nesting of objects and arrays; the outermost counts as 1. Default 16. */
  readonly maxDepth?: number;
}

const defaultMaxBytes = 65_536;
const defaultMaxDepth = 16;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses JSON that two readers cannot understand differently: a member name occurs once per object, text is valid
 * UTF-8 without byte order mark and without lone surrogates, numbers are finite, size and depth are bounded.
 * A member called `__proto__` is refused, so that no later copy of the object can change a prototype.
 * @throws {JoseError} `malformed`, `duplicate_member`, `too_large`
 * @see RFC 7515 §4, RFC 7519 §4, RFC 7493 §2
 */
export function parseStrictJson(input: Uint8Array | string, limits: JsonLimits = {}): unknown {
  const maxBytes = limits.maxBytes ?? defaultMaxBytes;
  if (input.length > maxBytes) throw new JoseError('too_large', 'JSON text too long');
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  if (typeof input === 'string' && Buffer.byteLength(text) > maxBytes) {
    throw new JoseError('too_large', 'JSON text too long');
  }
  const value = parseNative(text);
  inspect(text, limits.maxDepth ?? defaultMaxDepth);
  return value;
}

/**
 * As {@link parseStrictJson}, and the outermost value is an object.
 * @throws {JoseError} `malformed`, `duplicate_member`, `too_large`
 */
export function parseStrictJsonObject(
  input: Uint8Array | string,
  limits: JsonLimits = {},
): Record<string, unknown> {
  const value = parseStrictJson(input, limits);
  if (!isJsonObject(value)) throw new JoseError('malformed', 'JSON text is not an object');
  return value;
}

/** Tells an object, in the sense of JSON, from arrays, null and primitives. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new JoseError('malformed', 'not valid UTF-8', { cause });
  }
}

function parseNative(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new JoseError('malformed', 'not valid JSON', { cause });
  }
}

/** Walks text that JSON.parse has accepted, so that the grammar itself need not be checked again. */
function inspect(text: string, maxDepth: number): void {
  const open: (Set<string> | undefined)[] = [];
  let names: Set<string> | undefined;
  let expectsName = false;
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      const value = readString(text, at, end);
      if (names !== undefined && expectsName) {
        if (names.has(value)) throw new JoseError('duplicate_member', 'a JSON member occurs twice');
        if (value === '__proto__') throw new JoseError('malformed', 'a JSON member has a reserved name');
        names.add(value);
        expectsName = false;
      }
      at = end;
      continue;
    }
    if (character === '{' || character === '[') {
      open.push(names);
      if (open.length > maxDepth) throw new JoseError('too_large', 'JSON text nested too deeply');
      names = character === '{' ? new Set() : undefined;
      expectsName = character === '{';
    } else if (character === '}' || character === ']') {
      names = open.pop();
      expectsName = false;
    } else if (character === ',') {
      expectsName = names !== undefined;
    } else if (character !== undefined && isNumberStart(character)) {
      at = endOfNumber(text, at);
      continue;
    }
    at += 1;
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function readString(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  const value = raw.includes('\\') ? String(JSON.parse(text.slice(start, end))) : raw;
  if (!value.isWellFormed()) throw new JoseError('malformed', 'a JSON string has a lone surrogate');
  return value;
}

function isNumberStart(character: string): boolean {
  return character === '-' || (character >= '0' && character <= '9');
}

function endOfNumber(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[-+.eE0-9]/.test(text.charAt(at))) at += 1;
  if (!Number.isFinite(Number(text.slice(start, at)))) {
    throw new JoseError('malformed', 'a JSON number is out of range');
  }
  return at;
}
