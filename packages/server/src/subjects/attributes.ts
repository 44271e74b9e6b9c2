/** What a tenant itself knows of a person, by names of its own: cost centre, badge, clearance. */
import { scopeOfClaim } from '@countersign/protocol';
import type { AttributeValue } from '../storage/ports.ts';
import { SubjectError } from './subject-error.ts';

type Attributes = Readonly<Record<string, AttributeValue>>;

const nameForm = /^[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*$/;
const maxName = 64;
const maxCount = 64;
const maxText = 1024;
const maxEntries = 100;
const maxBytes = 16_384;

/** They have a place of their own on the record, and one name for two things would be one too few. */
const taken: ReadonlySet<string> = new Set(['sub', 'username', 'groups']);

/**
 * Attributes after a change: null removes one. At most 64 with 16 KiB of JSON together; a name has letters, digits and single
 * `.`, `_`, `-` between them and is no standard claim; a value is text, a finite number, true or false, or a list of
 * different texts, and never empty.
 * @throws {SubjectError} `invalid_attribute`, naming the attribute and not its value
 */
export function changeAttributes(
  before: Attributes,
  change: Readonly<Record<string, AttributeValue | null>>,
): Attributes {
  for (const [name, value] of Object.entries(change)) {
    checkName(name);
    if (value !== null) checkValue(name, value);
  }
  const after = Object.entries({ ...before, ...change }).filter(
    (entry): entry is [string, AttributeValue] => entry[1] !== null,
  );
  if (after.length > maxCount) throw refusal(`a person has at most ${maxCount}`);
  const attributes = Object.fromEntries(after.sort(([one], [other]) => (one < other ? -1 : 1)));
  if (Buffer.byteLength(JSON.stringify(attributes)) > maxBytes) throw refusal('they are too large together');
  return attributes;
}

function checkName(name: string): void {
  if (name.length > maxName || !nameForm.test(name)) {
    throw refusal(
      `${JSON.stringify(name.slice(0, maxName))} is no name: letters and digits, with single . _ - between them, at most ${maxName}`,
    );
  }
  if (taken.has(name) || scopeOfClaim(name) !== undefined) {
    throw refusal(`${name} has a place of its own and is no attribute`);
  }
}

function checkValue(name: string, value: unknown): void {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return;
  const texts: unknown = typeof value === 'string' ? [value] : value;
  const isList = Array.isArray(texts) && texts.length > 0 && texts.length <= maxEntries;
  if (!isList || new Set(texts).size !== texts.length) {
    throw refusal(
      `${name} is neither text, a number, true, false nor a list of 1 to ${maxEntries} different texts`,
    );
  }
  for (const text of texts) checkText(name, text);
}

function checkText(name: string, value: unknown): void {
  const text = typeof value === 'string' ? value : '';
  if (text.trim() === '' || text.length > maxText || !text.isWellFormed() || /\p{Cc}/u.test(text)) {
    throw refusal(`${name} must be text of 1 to ${maxText} characters without control characters`);
  }
}

function refusal(problem: string): SubjectError {
  return new SubjectError('invalid_attribute', `The attributes were refused: ${problem}.`);
}
