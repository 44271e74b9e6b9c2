/** The one place of the browser part that tells a right password from a wrong one. */
import type { RequestContext } from '../http/context.ts';
import type { MessageKey } from '../http/pages/index.ts';
import type { SubjectRecord, SubjectStore } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import type { PasswordHasher, PasswordRules } from '../subjects/index.ts';

export type PasswordFailure = 'unknown-user' | 'wrong-password' | 'no-password' | 'disabled' | 'too-long';

export type PasswordOutcome =
  | {
      readonly ok: true;
      readonly subject: SubjectRecord;
      readonly hash: Hashed<'password'>;
      readonly rehash: boolean;
    }
  | { readonly ok: false; readonly subject: string | null; readonly reason: PasswordFailure };

/** What a page says when it is not told otherwise. */
export const leastPasswordLength = 12;

/** More than this is not read into a hash; the policy for new passwords says the same. */
const maxPasswordBytes = 1024;

/**
 * Looks the account up and verifies: exactly one hash computation on every path, so that an unknown user, a wrong
 * password and a disabled account take the same time. Changes nothing and charges nothing.
 */
export async function verifyPassword(
  parts: {
    readonly subjects: Pick<SubjectStore, 'findByUsername'>;
    readonly hasher: Pick<PasswordHasher, 'verify'>;
  },
  context: RequestContext,
  usernameKey: string,
  password: string,
): Promise<PasswordOutcome> {
  const subject = await parts.subjects.findByUsername(context.tenant.id, usernameKey);
  const isReadable = Buffer.byteLength(password) <= maxPasswordBytes;
  const hash = isReadable && subject?.kind === 'usr' ? subject.passwordHash : null;
  const { matches, needsRehash } = await parts.hasher.verify(hash, isReadable ? password : '');
  if (subject === undefined) return { ok: false, subject: null, reason: 'unknown-user' };
  const refuse = (reason: PasswordFailure): PasswordOutcome => ({ ok: false, subject: subject.id, reason });
  if (!isReadable) return refuse('too-long');
  if (hash === null) return refuse('no-password');
  if (!matches) return refuse('wrong-password');
  if (subject.disabledAt !== 0) return refuse('disabled');
  return { ok: true, subject, hash, rehash: needsRehash };
}

/** The message for a password that may not become this person's; undefined when it may. `same` costs one hash. */
export async function newPasswordFault(
  parts: { readonly rules: Pick<PasswordRules, 'check'>; readonly hasher: Pick<PasswordHasher, 'verify'> },
  subject: Pick<SubjectRecord, 'username' | 'email' | 'passwordHash'>,
  chosen: string,
): Promise<MessageKey | undefined> {
  const problem = await parts.rules.check(chosen, subject);
  if (problem !== undefined) return `password.${problem}`;
  if (subject.passwordHash === null) return undefined;
  return (await parts.hasher.verify(subject.passwordHash, chosen)).matches ? 'password.same' : undefined;
}
