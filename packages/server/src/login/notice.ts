/**
 * What a page says after an action travels in the query of a redirect. It carries a proof for this session, so that a link
 * made by somebody else cannot put words on the page.
 */
import { timingSafeEqual } from 'node:crypto';
import type { RequestContext } from '../http/context.ts';
import type { SessionRecord } from '../storage/ports.ts';
import type { FormGuard } from './csrf.ts';

type Guard = Pick<FormGuard, 'issue'>;

export function noticePath(
  guard: Guard,
  context: RequestContext,
  session: SessionRecord,
  notice: string,
  page = '/account',
): string {
  const query = new URLSearchParams({ done: notice, proof: proofOf(guard, context, session, notice) });
  return `${context.basePath}${page}?${query}`;
}

/** Whether this session was sent here with this notice. */
export function isOwnNotice(
  guard: Guard,
  context: RequestContext,
  session: SessionRecord,
  notice: string,
  proof: string | undefined,
): boolean {
  const expected = Buffer.from(proofOf(guard, context, session, notice));
  const given = Buffer.from(proof ?? '');
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function proofOf(guard: Guard, context: RequestContext, session: SessionRecord, notice: string): string {
  return guard.issue(context, session.id, `notice ${notice}`);
}
