export { claimsByName, claimsForScope } from './claims.ts';
export { createGroups, type Groups } from './groups.ts';
export { createMappedClaims, type MappedClaims } from './mapped-claims.ts';
export { createPasswordHasher, type PasswordHasher } from './password-hasher.ts';
export { createPasswordRules, type PasswordProblem, type PasswordRules } from './password-rules.ts';
export { createPublicSubjects, type PublicSubjects } from './public-subjects.ts';
export { parseStandardClaims } from './standard-claims.ts';
export { SubjectError } from './subject-error.ts';
export { temporaryPassword } from './temporary-password.ts';
export { parseUsername, usernameKey } from './username.ts';
export {
  createUsers,
  type PreparedUser,
  type Users,
} from './users.ts';
export { HasherBusyError } from './work-pool.ts';
