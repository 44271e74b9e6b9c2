import { isDeepStrictEqual } from 'node:util';
import type { RequestedClaim } from '@countersign/protocol';
import type { SubjectRecord, UserProfile } from '../storage/ports.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Which claims a scope asks for (OpenID Connect Core §5.4), by the record they come from. */
const byScope: Readonly<Record<string, (subject: SubjectRecord) => Claims>> = {
  profile: ({ profile, username, updatedAt }) => ({
    ...snakeCase(profile, profileMembers),
    preferred_username: profile.preferredUsername ?? username ?? undefined,
    updated_at: updatedAt,
  }),
  email: ({ email, emailVerified }) => (email === null ? {} : { email, email_verified: emailVerified }),
  phone: ({ profile }) =>
    profile.phoneNumber === undefined
      ? {}
      : { phone_number: profile.phoneNumber, phone_number_verified: profile.phoneNumberVerified ?? false },
  address: ({ profile }) => (profile.address === undefined ? {} : { address: snakeCase(profile.address) }),
};

const profileMembers: readonly (keyof UserProfile)[] = [
  'name',
  'givenName',
  'familyName',
  'middleName',
  'nickname',
  'profile',
  'picture',
  'website',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
];

/** Standard claims of a person under their wire names; what is not known is left out, never null or empty. */
export function claimsForScope(subject: SubjectRecord, scope: readonly string[]): Claims {
  const claims: Record<string, unknown> = {};
  for (const value of scope) {
    if (Object.hasOwn(byScope, value)) Object.assign(claims, byScope[value]?.(subject));
  }
  return Object.fromEntries(
    Object.entries(claims).filter(([, value]) => value !== undefined && value !== ''),
  );
}

/**
 * The standard claims that were asked for by name, whatever the scope (OpenID Connect Core §5.5): what is not known, or is not
 * the value that was wanted, is left out. A language tag is a wish that this record, which has one language, cannot meet.
 */
export function claimsByName(subject: SubjectRecord, requested: readonly RequestedClaim[]): Claims {
  const known = claimsForScope(subject, Object.keys(byScope));
  const given = requested.flatMap((claim): readonly (readonly [string, unknown])[] => {
    const name = claim.name.split('#', 1)[0] ?? '';
    const value = Object.hasOwn(known, name) ? known[name] : undefined;
    return value !== undefined && isWanted(claim, value) ? [[name, value]] : [];
  });
  return Object.fromEntries(given);
}

function isWanted({ value, values }: RequestedClaim, actual: unknown): boolean {
  const equals = (wanted: unknown): boolean => isDeepStrictEqual(wanted, actual);
  return (value === undefined || equals(value)) && (values === undefined || values.some(equals));
}

function snakeCase(
  record: object,
  members: readonly string[] = Object.keys(record),
): Record<string, unknown> {
  const source: Record<string, unknown> = { ...record };
  return Object.fromEntries(
    members.map((name) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), source[name]]),
  );
}
