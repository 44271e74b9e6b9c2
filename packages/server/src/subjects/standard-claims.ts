/** Standard claims by their wire names, as an operator hands them in, and the record that holds them. */
import { isJsonObject } from '@countersign/protocol';
import type { UserProfile } from '../storage/ports.ts';
import { SubjectError } from './subject-error.ts';
import type { ProfileChange } from './users.ts';

const emailMembers: ReadonlySet<string> = new Set(['email', 'email_verified']);

/** Made by the server from its own records, so that nobody sets them. */
const derived: ReadonlySet<string> = new Set(['sub', 'updated_at']);

/**
 * From OpenID Connect Core §5.1 names to a change of the record; `null` removes a member. That an address or a number was
 * verified is the operator's word. Values are checked where the record is made.
 * @throws {SubjectError} `invalid_profile`, naming the member
 */
export function parseStandardClaims(input: unknown): ProfileChange {
  if (!isJsonObject(input)) throw refusal('it is not a JSON object of claims');
  const profile: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    if (derived.has(name)) throw refusal(`${name} is made by the server`);
    if (emailMembers.has(name)) continue;
    profile[camelCase(name)] = name === 'address' && isJsonObject(value) ? addressOf(value) : value;
  }
  return {
    email: text('email', input.email),
    emailVerified: flag('email_verified', input.email_verified),
    profile: profile as { readonly [Name in keyof UserProfile]?: UserProfile[Name] | null },
  };
}

function addressOf(address: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(address).map(([name, value]) => [camelCase(name), value]));
}

function text(name: string, value: unknown): string | null | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value;
  throw refusal(`${name} is not text`);
}

function flag(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw refusal(`${name} is not true or false`);
}

function camelCase(name: string): string {
  if (!/^[a-z]+(?:_[a-z]+)*$/.test(name))
    throw refusal(`${JSON.stringify(name)} is not the name of a standard claim`);
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function refusal(problem: string): SubjectError {
  return new SubjectError('invalid_profile', `The claims were refused: ${problem}.`);
}
