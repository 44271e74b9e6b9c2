export { claimsForScope } from './claims.ts';
export { createPasswordHasher, type PasswordHasher, type VerifiedPassword } from './password-hasher.ts';
export { createPasswordRules, type PasswordProblem, type PasswordRules } from './password-rules.ts';
export { SubjectError, type SubjectErrorCode } from './subject-error.ts';
export { temporaryPassword } from './temporary-password.ts';
export { parseEmail } from './user-profile.ts';
export { parseUsername, type Username, usernameKey } from './username.ts';
export {
  createUsers,
  type NewPassword,
  type NewUser,
  type PreparedUser,
  type ProfileChange,
  type Users,
} from './users.ts';
export { HasherBusyError } from './work-pool.ts';
