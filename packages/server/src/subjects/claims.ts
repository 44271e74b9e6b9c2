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

function snakeCase(
  record: object,
  members: readonly string[] = Object.keys(record),
): Record<string, unknown> {
  const source: Record<string, unknown> = { ...record };
  return Object.fromEntries(
    members.map((name) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), source[name]]),
  );
}
