/** The end of every sign-in: the session, what the waiting request learns of it, and where the browser goes on. */
import type { Interaction, Interactions } from '../authorize/interaction.ts';
import type { RequestContext } from '../http/context.ts';
import { PageError, seeOther } from '../http/pages/index.ts';
import type { SubjectRecord, SubjectStore } from '../storage/ports.ts';
import type { PasswordHasher } from '../subjects/index.ts';
import type { Authentication, Sessions } from './sessions.ts';
import { byPerson } from './trail.ts';

export interface CompletionParts {
  readonly interactions: Pick<Interactions, 'find' | 'record' | 'resumePath'>;
  readonly sessions: Pick<Sessions, 'signIn' | 'end'>;
  readonly subjects: Pick<SubjectStore, 'find'>;
  readonly hasher: Pick<PasswordHasher, 'verify'>;
}

const recordAttempts = 3;

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
  await recordSignIn(parts.interactions, request, context, interaction, session.id);
  return seeOther(context, parts.interactions.resumePath(context, interaction), headers);
}

/** A form that is sent twice makes the two compare-and-swaps meet: the later one reads again. */
async function recordSignIn(
  interactions: CompletionParts['interactions'],
  request: Request,
  context: RequestContext,
  interaction: Interaction,
  sessionId: string,
): Promise<void> {
  let current: Interaction | undefined = interaction;
  for (let attempt = 0; attempt < recordAttempts && current !== undefined; attempt += 1) {
    if (await interactions.record(current, { signedIn: sessionId, consent: 'none' })) return;
    current = await interactions.find(request, context, interaction.id);
  }
  throw new PageError('interaction-expired', { detail: 'the interaction ended while the person signed in' });
}
