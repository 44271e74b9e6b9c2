/** A new password for oneself: needs the current one, ends every other session and every copy of this one's cookie. */
import type { RequestContext } from '../http/context.ts';
import type { MessageKey } from '../http/pages/index.ts';
import {
  auditEntry,
  type Brake,
  byPerson,
  enforceBrake,
  newPasswordFault,
  outboxEvent,
  type Sessions,
} from '../login/index.ts';
import type { Random } from '../ports.ts';
import type { SessionRecord, SubjectRecord, SubjectStore } from '../storage/ports.ts';
import type { PasswordHasher, PasswordRules } from '../subjects/index.ts';

export interface ChangePasswordParts {
  readonly brake: Brake;
  readonly hasher: PasswordHasher;
  readonly rules: Pick<PasswordRules, 'check'>;
  readonly random: Random;
  readonly sessions: Pick<Sessions, 'endOthers' | 'rotate'>;
  readonly subjects: Pick<SubjectStore, 'replacePassword'>;
}

export interface PasswordFaults {
  readonly current?: MessageKey;
  readonly next?: MessageKey;
}

const brakeRoute = 'account-password';

/** undefined when it is done; `headers` then carries the new cookie. @throws {PageError} `rate-limited` */
export async function changePassword(
  parts: ChangePasswordParts,
  request: Request,
  context: RequestContext,
  headers: Headers,
  who: { readonly subject: SubjectRecord; readonly session: SessionRecord },
  form: { readonly current: string; readonly next: string },
): Promise<PasswordFaults | undefined> {
  const { subject, session } = who;
  const account = subject.usernameKey ?? subject.id;
  await enforceBrake(parts.brake, context, brakeRoute, request, account);
  if (!(await parts.hasher.verify(subject.passwordHash, form.current)).matches) {
    return { current: 'account.password-wrong' };
  }
  await parts.brake.refund(context, brakeRoute, request, account);
  const fault = await newPasswordFault(parts, subject, form.next);
  if (fault !== undefined) return { next: fault };
  const hash = await parts.hasher.hash<'password'>(form.next);
  const trail = {
    audit: [
      auditEntry(context, {
        action: 'password.changed',
        actor: byPerson(subject.id),
        target: { kind: 'subject', id: subject.id },
        details: { cause: 'own-wish' },
      }),
    ],
    events: [outboxEvent(context, parts.random, 'password.changed', subject.id)],
  };
  const { tenant, id, passwordHash } = subject;
  const replaced = await parts.subjects.replacePassword(
    tenant,
    id,
    passwordHash,
    hash,
    false,
    context.now,
    trail,
  );
  if (!replaced) return { current: 'account.password-wrong' };
  await parts.sessions.endOthers(context, session, 'password-changed');
  await parts.sessions.rotate(context, headers, session);
  return undefined;
}
