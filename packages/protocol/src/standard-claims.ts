/** Claims about a person that the standard defines, under the scope that stands for them (OpenID Connect Core §5.1, §5.4). */
export const claimsByScope = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type PersonScope = keyof typeof claimsByScope;

const scopeByClaim: ReadonlyMap<string, PersonScope> = new Map(
  Object.entries(claimsByScope).flatMap(([scope, claims]) =>
    claims.map((claim) => [claim, scope as PersonScope] as const),
  ),
);

/** The scope that stands for a claim, whatever language it is asked for in (§5.2); undefined for every other claim. */
export function scopeOfClaim(name: string): PersonScope | undefined {
  return scopeByClaim.get(name.split('#', 1)[0] ?? '');
}
