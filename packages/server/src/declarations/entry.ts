/** Reads typed members off one mapping of a file, and knows on which line each stands. */
import { type Document, isMap, isScalar, type LineCounter, type Pair, type YAMLMap } from 'yaml';
import { nearest } from '../config/index.ts';
import { DeclarationError } from './declaration-error.ts';
import type { Source } from './sources.ts';

/** By these names a secret in the clear would come. */
const secretNames: ReadonlySet<string> = new Set([
  'secret',
  'secrets',
  'client_secret',
  'clientSecret',
  'password',
]);

export interface Place {
  readonly source: Source;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** `null` counts as absent. Every refusal is a {@link DeclarationError} that names file, line and member. */
export class Entry {
  readonly source: Source;
  readonly #place: Place;
  readonly #map: YAMLMap;
  readonly #prefix: string;
  readonly #members = new Map<string, Pair>();

  constructor(place: Place, map: YAMLMap, prefix = '') {
    this.source = place.source;
    this.#place = place;
    this.#map = map;
    this.#prefix = prefix;
    for (const pair of map.items) {
      if (!isScalar(pair.key) || typeof pair.key.value !== 'string')
        throw this.#refusal(offsetOf(pair.key), 'has a key that is no text');
      this.#members.set(pair.key.value, pair);
    }
  }

  /** `file:line` of a member, or of the whole. */
  at(name?: string): string {
    const pair = name === undefined ? undefined : this.#members.get(name);
    return this.#lineOf(offsetOf(pair?.key ?? this.#map));
  }

  /** Refuses every member that is not `known`; one that would hold a secret in the clear by its name. */
  only(known: readonly string[]): void {
    for (const [name, { key }] of this.#members) {
      if (known.includes(name)) continue;
      if (secretNames.has(name)) {
        throw this.#refusal(
          offsetOf(key),
          `${this.#prefix}${name} would be a secret in the clear: name the place where it is, by secretFile or secretEnv`,
        );
      }
      const near = nearest(name, known);
      const hint = near === undefined ? '' : `; the nearest one is ${near}`;
      throw this.#refusal(offsetOf(key), `${this.#prefix}${shown(name)} is not known${hint}`);
    }
  }

  names(): readonly string[] {
    return [...this.#members.keys()].filter((name) => this.raw(name) !== undefined);
  }

  raw(name: string): unknown {
    const value = this.#members.get(name)?.value;
    const plain: unknown =
      typeof value === 'object' && value !== null && 'toJS' in value && typeof value.toJS === 'function'
        ? value.toJS(this.#place.document, { maxAliasCount: 0 })
        : value;
    return plain === null ? undefined : plain;
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value !== undefined && typeof value !== 'string') throw this.refusal(name, 'must be text');
    return value;
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw this.refusal(name, 'must be given');
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value !== undefined && typeof value !== 'boolean') throw this.refusal(name, 'must be true or false');
    return value;
  }

  wholeNumber(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw this.refusal(name, 'must be a whole number');
    return value;
  }

  choice<Name extends string>(name: string, names: readonly Name[]): Name | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const found = names.find((candidate) => candidate === value);
    if (found === undefined) throw this.refusal(name, `must be one of ${names.join(', ')}`);
    return found;
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.refusal(name, 'must be a list');
    return value;
  }

  texts(name: string): readonly string[] | undefined {
    const values = this.list(name);
    if (values !== undefined && !values.every((value) => typeof value === 'string'))
      throw this.refusal(name, 'must be a list of texts');
    return values as readonly string[] | undefined;
  }

  /** The mapping below a member. */
  below(name: string): Entry | undefined {
    const value = this.#members.get(name)?.value;
    if (value === undefined || value === null || (isScalar(value) && value.value === null)) return undefined;
    if (!isMap(value)) throw this.refusal(name, 'must be a mapping');
    return new Entry(this.#place, value, `${this.#prefix}${name}.`);
  }

  /** @param problem completes the sentence "`member` …" */
  refusal(name: string, problem: string, options?: ErrorOptions): DeclarationError {
    return new DeclarationError(
      [{ path: this.at(name), message: `${this.#prefix}${name} ${problem}.` }],
      options,
    );
  }

  #refusal(offset: number, problem: string): DeclarationError {
    return new DeclarationError([{ path: this.#lineOf(offset), message: `${problem}.` }]);
  }

  #lineOf(offset: number): string {
    return `${this.source.name}:${this.#place.lines.linePos(offset).line}`;
  }
}

function offsetOf(node: unknown): number {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0] ?? 0;
}

/** A key may be as long as a file. */
function shown(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
