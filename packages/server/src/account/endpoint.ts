/** `/account`: who one is here, where one is signed in, and what one has allowed. */
import type { Parameters } from '@countersign/protocol';
import type { Interactions } from '../authorize/index.ts';
import type { RequestContext, Route } from '../http/context.ts';
import { readCookie } from '../http/cookies.ts';
import { readForm, readQuery } from '../http/form.ts';
import { type MessageKey, messagesFor, pageResponse, seeOther } from '../http/pages/index.ts';
import {
  auditEntry,
  beginVisit,
  byPerson,
  clientText,
  type FormGuard,
  isOwnNotice,
  leastPasswordLength,
  noticePath,
  outboxEvent,
  type Sessions,
} from '../login/index.ts';
import { signedOutBody } from '../logout/index.ts';
import type {
  ClientStore,
  ConsentStore,
  SessionRecord,
  SubjectRecord,
  SubjectStore,
} from '../storage/ports.ts';
import { type ChangePasswordParts, changePassword, type PasswordFaults } from './change-password.ts';
import { type AccountForm, accountBody } from './page.ts';

export interface AccountParts extends ChangePasswordParts {
  readonly interactions: Pick<Interactions, 'begin'>;
  readonly sessions: Sessions;
  readonly guard: FormGuard;
  readonly subjects: Pick<SubjectStore, 'find' | 'replacePassword'>;
  readonly clients: Pick<ClientStore, 'find'>;
  readonly consents: Pick<ConsentStore, 'listBySubject' | 'revoke'>;
  /** How long a revoked consent's access tokens may still live: the revocation is kept as long. */
  readonly accessTokenSeconds: number;
  /** What the rules ask for, as the pages say it. Default 12. */
  readonly minPasswordLength?: number;
}

interface Visit {
  readonly request: Request;
  readonly context: RequestContext;
  readonly session: SessionRecord;
  readonly subject: SubjectRecord;
}

type Outcome = keyof typeof outcomes;

/** What a page may say after an action. The name travels in the query; anything else there says nothing. */
const outcomes = {
  'session-ended': 'account.done.session-ended',
  'others-ended': 'account.done.others-ended',
  'consent-revoked': 'account.done.consent-revoked',
  'password-changed': 'account.done.password-changed',
  setup: 'account.done.setup',
} as const satisfies Record<string, MessageKey>;

export function createAccountRoutes(parts: AccountParts): readonly Route[] {
  const least = { count: parts.minPasswordLength ?? leastPasswordLength };

  async function openVisit(request: Request, context: RequestContext): Promise<Visit | undefined> {
    const session = await parts.sessions.find(request, context);
    const subject = session && (await parts.subjects.find(context.tenant.id, session.subject));
    return session === undefined || subject === undefined
      ? undefined
      : { request, context, session, subject };
  }

  async function show(visit: Visit, status: number, faults: PasswordFaults): Promise<Response> {
    const { request, context, session, subject } = visit;
    const messages = messagesFor(request);
    const secret = readCookie(request, context, 'session') ?? '';
    const query = readQuery(request);
    const done = query.get('done') ?? '';
    const isOwn = isOwnNotice(parts.guard, context, session, done, query.get('proof'));
    const body = accountBody({
      messages,
      basePath: context.basePath,
      csrf: (form) => parts.guard.issue(context, secret, formName(form)),
      subject,
      session,
      sessions: await parts.sessions.list(context, session),
      consents: await listConsents(visit),
      done: isOwn && isOutcome(done) ? outcomes[done] : undefined,
      passwordRule: messages.text('password.rule', least),
      passwordFaults: {
        current: faults.current && messages.text(faults.current, least),
        next: faults.next && messages.text(faults.next, least),
      },
    });
    return pageResponse(context, { status, messages, title: messages.text('account.title'), body });
  }

  async function listConsents({ context, subject }: Visit) {
    const consents = await parts.consents.listBySubject(context.tenant.id, subject.id);
    return Promise.all(
      consents.map(async (consent) => {
        const client = await parts.clients.find(context.tenant.id, consent.clientId);
        return { consent, name: client === undefined ? consent.clientId : clientText(client) };
      }),
    );
  }

  async function endSession(visit: Visit, form: Parameters): Promise<Response> {
    const { context, session, subject } = visit;
    const live = await parts.sessions.list(context, session);
    // Found among one's own, or not at all: an id alone ends nothing.
    const chosen = live.find(({ id }) => id === form.get('session') && id !== session.id);
    if (chosen !== undefined)
      await parts.sessions.end(context, chosen, byPerson(subject.id), 'ended-by-person');
    return done(visit, 'session-ended');
  }

  async function endOtherSessions(visit: Visit): Promise<Response> {
    await parts.sessions.endOthers(visit.context, visit.session, 'ended-by-person');
    return done(visit, 'others-ended');
  }

  async function revokeConsent(visit: Visit, form: Parameters): Promise<Response> {
    const { context, subject } = visit;
    const client = form.get('client') ?? '';
    const until = context.now + parts.accessTokenSeconds;
    await parts.consents.revoke(context.tenant.id, subject.id, client, context.now, until, {
      audit: [
        auditEntry(context, {
          action: 'consent.revoked',
          actor: byPerson(subject.id),
          target: { kind: 'client', id: client.slice(0, 256) },
        }),
      ],
      events: [
        outboxEvent(context, parts.random, 'consent.revoked', subject.id, { client: client.slice(0, 256) }),
      ],
    });
    return done(visit, 'consent-revoked');
  }

  async function signOut({ context, session, subject }: Visit): Promise<Response> {
    await parts.sessions.end(context, session, byPerson(subject.id), 'signed-out');
    const headers = new Headers();
    parts.sessions.clearCookie(context, headers);
    return seeOther(context, `${context.basePath}/account/signed-out`, headers);
  }

  async function setPassword(visit: Visit, form: Parameters): Promise<Response> {
    const headers = new Headers();
    const entered = { current: form.get('password') ?? '', next: form.get('new_password') ?? '' };
    const faults = await changePassword(parts, visit.request, visit.context, headers, visit, entered);
    return faults === undefined ? done(visit, 'password-changed', headers) : show(visit, 422, faults);
  }

  function done({ context, session }: Visit, outcome: Outcome, headers?: Headers): Response {
    return seeOther(context, noticePath(parts.guard, context, session, outcome), headers);
  }

  /** Session, then proof that the form is ours, then the action. */
  function post(form: AccountForm, action: (visit: Visit, fields: Parameters) => Promise<Response>): Route {
    return {
      ...shared,
      method: 'POST',
      path: `/account/${form}`,
      name: `account-${form.replace('/', '-')}`,
      async endpoint(request, context) {
        const fields = await readForm(request);
        const visit = await openVisit(request, context);
        if (visit === undefined) return beginVisit(parts.interactions, request, context, '/account');
        parts.guard.verify(
          request,
          context,
          readCookie(request, context, 'session'),
          formName(form),
          fields.get('csrf'),
        );
        return action(visit, fields);
      },
    };
  }

  return [
    {
      ...shared,
      method: 'GET',
      path: '/account',
      name: 'account',
      async endpoint(request, context) {
        const visit = await openVisit(request, context);
        return visit === undefined
          ? beginVisit(parts.interactions, request, context, '/account')
          : show(visit, 200, {});
      },
    },
    {
      ...shared,
      method: 'GET',
      path: '/account/signed-out',
      name: 'account-signed-out',
      endpoint: signedOut,
    },
    post('sessions/end', endSession),
    post('sessions/end-others', endOtherSessions),
    post('consents/revoke', revokeConsent),
    post('sign-out', signOut),
    post('password', setPassword),
  ];
}

const shared = { errors: 'page', cors: 'none' } as const;
const formName = (form: AccountForm): string => `account ${form}`;

function isOutcome(text: string): text is Outcome {
  return Object.hasOwn(outcomes, text);
}

function signedOut(request: Request, context: RequestContext): Response {
  const messages = messagesFor(request);
  const title = messages.text('signed-out.title');
  const body = signedOutBody({ messages, basePath: context.basePath });
  return pageResponse(context, { messages, title, body });
}
