import type { UserProfile } from '../storage/ports.ts';
import { SubjectError } from './subject-error.ts';

const maxText = 512;
const addressMembers = ['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country'];
const textMembers = [
  'name',
  'givenName',
  'familyName',
  'middleName',
  'nickname',
  'preferredUsername',
  'profile',
  'picture',
  'website',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'phoneNumber',
];

/**
 * Checks the members of a profile: text of at most 512 characters without control characters. Does not check that a URL answers,
 * nor that a phone number or a birthday is one.
 * @throws {SubjectError} `invalid_profile`, naming the member
 */
export function validateProfile(profile: UserProfile): UserProfile {
  for (const [name, value] of Object.entries(profile)) {
    if (textMembers.includes(name)) checkText(name, value);
    else if (name === 'phoneNumberVerified' && typeof value === 'boolean') continue;
    else if (name === 'address' && typeof value === 'object' && value !== null) checkAddress(value);
    else throw refusal(`${name} is not a member of a profile`);
  }
  return profile;
}

function checkAddress(address: object): void {
  for (const [name, value] of Object.entries(address)) {
    if (!addressMembers.includes(name)) throw refusal(`address.${name} is not a member of a profile`);
    checkText(`address.${name}`, value, name === 'formatted' || name === 'streetAddress');
  }
}

function checkText(name: string, value: unknown, allowLines = false): void {
  const text = typeof value === 'string' ? value : '';
  const visible = allowLines ? text.replace(/\r?\n/g, ' ') : text;
  if (text.trim() === '' || text.length > maxText || !text.isWellFormed() || /\p{Cc}/u.test(visible)) {
    throw refusal(`${name} must be text of 1 to ${maxText} characters without control characters`);
  }
}

/**
 * Parses an e-mail address as far as a machine can: one @, a dotted or plain host, no spaces or control characters, at most 254.
 * That mail arrives there is for a confirmation to find out.
 * @throws {SubjectError} `invalid_email`
 */
export function parseEmail(text: string): string {
  const form = /^[^\s@<>"(),:;[\]\\\p{C}]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,251}[\p{L}\p{N}])?$/u;
  if (text.length > 254 || !text.isWellFormed() || !form.test(text) || text.includes('..')) {
    throw new SubjectError('invalid_email', 'An e-mail address looks like name@example.com.');
  }
  return text;
}

function refusal(problem: string): SubjectError {
  return new SubjectError('invalid_profile', `The profile was refused: ${problem}.`);
}
