/** The end of every sign-in: the session, what the waiting request learns of it, and where the browser goes on. */
import type { Interaction, Interactions } from '../authorize/index.ts';
import type { RequestContext } from '../http/context.ts';
import { seeOther } from '../http/pages/index.ts';
import type { SubjectRecord, SubjectStore } from '../storage/ports.ts';
import type { PasswordHasher } from '../subjects/index.ts';
import { recordInInteraction } from './record.ts';
import type { Authentication, Sessions } from './sessions.ts';
import { byPerson } from './trail.ts';

export interface CompletionParts {
  readonly interactions: Pick<Interactions, 'find' | 'record' | 'resumePath'>;
  readonly sessions: Pick<Sessions, 'signIn' | 'end'>;
  readonly subjects: Pick<SubjectStore, 'find'>;
  readonly hasher: Pick<PasswordHasher, 'verify'>;
}

/**
 * Called in state `done` only. undefined: the account was disabled, removed or given another password while this
 * sign-in ran, and there is no session.
 */
export async function completeLogin(
  parts: CompletionParts,
  request: Request,
  context: RequestContext,
  interaction: Interaction,
  subject: SubjectRecord,
  password: string,
  how: Authentication,
): Promise<Response | undefined> {
  const headers = new Headers();
  const session = await parts.sessions.signIn(request, context, headers, subject, how);
  if (session === undefined) return undefined;
  // A change of password first replaces the hash, then ends sessions: a session made in between sees the new hash here.
  const current = await parts.subjects.find(context.tenant.id, subject.id);
  const isSame = current?.passwordHash === subject.passwordHash;
  if (
    current === undefined ||
    !(isSame || (await parts.hasher.verify(current.passwordHash, password)).matches)
  ) {
    await parts.sessions.end(context, session, byPerson(subject.id), 'password-raced');
    return undefined;
  }
  // Whoever signed in now has not been asked yet, whatever somebody answered before.
  const change = { signedIn: session.id, consent: null } as const;
  await recordInInteraction(parts.interactions, request, context, interaction, change);
  return seeOther(context, parts.interactions.resumePath(context, interaction), headers);
}
