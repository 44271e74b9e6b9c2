/** GET and POST /oauth2/logout, and the page that asks first (OpenID Connect RP-Initiated Logout 1.0). */
import { createHash } from 'node:crypto';
import type { Interactions } from '../authorize/index.ts';
import type { Endpoint, RequestContext, Route } from '../http/context.ts';
import { readCookie } from '../http/cookies.ts';
import { readForm, readQuery } from '../http/form.ts';
import { messagesFor, PageError, pageResponse, seeOther } from '../http/pages/index.ts';
import { byPerson, type FormGuard, pageOptionsOf, type Sessions } from '../login/index.ts';
import type {
  ClientRecord,
  RefreshFamilyStore,
  SessionRecord,
  SessionStore,
  SubjectStore,
} from '../storage/ports.ts';
import { decideLogout, mayRedirect } from './decide.ts';
import { confirmationBody, signedOutBody } from './page.ts';
import {
  fromWaiting,
  type LogoutRequest,
  type LogoutRequestParts,
  resolveLogoutRequest,
  toWaiting,
} from './request.ts';

export interface LogoutParts extends LogoutRequestParts {
  readonly interactions: Pick<Interactions, 'begin' | 'find' | 'resumePath'>;
  readonly sessions: Pick<Sessions, 'find' | 'end' | 'clearCookie'>;
  readonly guard: FormGuard;
  readonly sessionStore: Pick<SessionStore, 'listClients'>;
  readonly subjects: Pick<SubjectStore, 'find'>;
  readonly families: Pick<RefreshFamilyStore, 'listLiveBySubject'>;
}

/** Applications that the page names; of more it says that there are more. */
const shownClients = 10;

/** A request of which nothing is known any more, or nothing was sent. */
const bareRequest: LogoutRequest = {
  asker: undefined,
  hinted: undefined,
  redirectUri: undefined,
  isReturnRefused: false,
  state: undefined,
  uiLocales: [],
};

export function createLogoutRoutes(parts: LogoutParts): readonly Route[] {
  const { interactions, sessions, guard } = parts;

  const begin: Endpoint = async (request, context) => {
    // GET carries the parameters in the query, POST in the body and nowhere else.
    const parameters = request.method === 'POST' ? await readForm(request) : readQuery(request);
    const asked = await resolveLogoutRequest(parts, context, parameters);
    return request.method === 'POST'
      ? comeBackByGet(request, context, asked)
      : proceed(request, context, asked);
  };

  /**
   * A form that another site posts comes without our SameSite=Lax cookies, and would find nobody signed in; the GET that
   * this redirects to brings them.
   */
  async function comeBackByGet(
    request: Request,
    context: RequestContext,
    asked: LogoutRequest,
  ): Promise<Response> {
    const headers = new Headers();
    const purpose = { kind: 'logout', request: toWaiting(asked) } as const;
    const interaction = await interactions.begin(request, context, headers, purpose);
    return seeOther(context, interactions.resumePath(context, interaction), headers);
  }

  /** A request that is no longer known still leads to the question whether to sign out, never to a dead end. */
  const resume: Endpoint = async (request, context) => {
    const id = readQuery(request).get('interaction') ?? '';
    const purpose = (await interactions.find(request, context, id))?.purpose;
    const asked =
      purpose?.kind === 'logout' ? await fromWaiting(parts, context, purpose.request) : bareRequest;
    return proceed(request, context, asked);
  };

  async function proceed(request: Request, context: RequestContext, asked: LogoutRequest): Promise<Response> {
    const decision = decideLogout(asked, await sessions.find(request, context));
    switch (decision.do) {
      case 'ask':
        return ask(request, context, asked, decision.session);
      case 'end':
        return answer(request, context, asked, await end(context, asked, decision.session), false);
      case 'answer':
        return answer(request, context, asked, new Headers(), false);
    }
  }

  /** The session, and everything that ends with it; somebody else may have been faster. */
  async function end(
    context: RequestContext,
    asked: LogoutRequest,
    session: SessionRecord,
  ): Promise<Headers> {
    const details = asked.asker === undefined ? {} : { client: asked.asker.client.id };
    await sessions.end(context, session, byPerson(session.subject), 'rp-logout', details);
    const headers = new Headers();
    sessions.clearCookie(context, headers);
    return headers;
  }

  function answer(
    request: Request,
    context: RequestContext,
    asked: LogoutRequest,
    headers: Headers,
    confirmed: boolean,
  ): Response {
    const { asker, redirectUri, isReturnRefused, uiLocales } = asked;
    const uri = redirectUri === undefined ? undefined : withState(redirectUri, asked.state);
    if (uri !== undefined && mayRedirect(asked, confirmed)) return redirect(uri, headers);
    const messages = messagesFor(request, uiLocales);
    const back = uri === undefined || asker === undefined ? undefined : { client: asker.client, uri };
    const body = signedOutBody({ messages, basePath: context.basePath, back, isReturnRefused });
    return pageResponse(context, { messages, title: messages.text('signed-out.title'), body, headers });
  }

  async function ask(
    request: Request,
    context: RequestContext,
    asked: LogoutRequest,
    session: SessionRecord,
  ): Promise<Response> {
    const messages = messagesFor(request, asked.uiLocales);
    const secret = readCookie(request, context, 'session') ?? '';
    const subject = await parts.subjects.find(context.tenant.id, session.subject);
    const used = await clientsOf(context, session);
    const body = confirmationBody({
      messages,
      basePath: context.basePath,
      csrf: guard.issue(
        context,
        secret,
        formName(session, asked.asker?.client.id, asked.redirectUri, asked.state),
      ),
      request: asked,
      username: subject?.username ?? session.subject,
      clients: used.slice(0, shownClients),
      hasMoreClients: used.length > shownClients,
      keepsAccess: await keepsAccess(context, session),
    });
    const { asker, redirectUri } = asked;
    return pageResponse(context, {
      messages,
      title: messages.text('logout.title'),
      body,
      ...pageOptionsOf(asker && { client: asker.client, redirectUri }),
    });
  }

  async function clientsOf(
    context: RequestContext,
    session: SessionRecord,
  ): Promise<readonly ClientRecord[]> {
    const { tenant, now } = context;
    const ids = await parts.sessionStore.listClients(tenant.id, session.id, now, shownClients + 1);
    const clients = await Promise.all(ids.map((id) => parts.findClient(tenant.id, id)));
    return clients.filter((client) => client !== undefined);
  }

  async function keepsAccess(context: RequestContext, session: SessionRecord): Promise<boolean> {
    const families = await parts.families.listLiveBySubject(context.tenant.id, session.subject, context.now);
    return families.some(
      ({ sessionId, scope }) => sessionId === session.id && scope.includes('offline_access'),
    );
  }

  /** The answer on the page. The fields are checked as if they were a request of their own, the hint's proof aside. */
  const confirm: Endpoint = async (request, context) => {
    const form = await readForm(request);
    const asked = { ...(await resolveLogoutRequest(parts, context, form)), hinted: undefined };
    const session = await sessions.find(request, context);
    // Signed out in another tab: there is nothing to protect, and nothing was confirmed either.
    if (session === undefined) return answer(request, context, asked, new Headers(), false);
    const secret = readCookie(request, context, 'session');
    const shown = ['client_id', 'post_logout_redirect_uri', 'state'].map((name) => form.get(name));
    guard.verify(request, context, secret, formName(session, ...shown), form.get('csrf'));
    switch (form.get('decision')) {
      case 'stay':
        return seeOther(context, `${context.basePath}/account`);
      case 'sign-out':
        return answer(request, context, asked, await end(context, asked, session), true);
      default:
        throw new PageError('invalid-request', { detail: 'no decision' });
    }
  };

  const common = { errors: 'page', cors: 'none' } as const;
  const logout = { ...common, name: 'logout' } as const;
  return [
    { ...logout, method: 'GET', path: '/oauth2/logout', endpoint: begin, changesState: true },
    { ...logout, method: 'POST', path: '/oauth2/logout', endpoint: begin },
    { ...logout, method: 'GET', path: '/oauth2/logout/resume', endpoint: resume, changesState: true },
    { ...common, method: 'POST', path: '/oauth2/logout/confirm', endpoint: confirm, name: 'logout-confirm' },
  ];
}

/** `state` goes back as it came; the registered query is kept as it is (OpenID Connect RP-Initiated Logout §3). */
function withState(uri: string, state: string | undefined): string {
  if (state === undefined) return uri;
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ state })}`;
}

/** To a registered address outside; 303, so that a POST never carries a form there. */
function redirect(uri: string, headers: Headers): Response {
  headers.set('location', uri);
  headers.set('cache-control', 'no-store');
  headers.set('referrer-policy', 'no-referrer');
  return new Response(null, { status: 303, headers });
}

/** Names everything the page showed and will do, so that no answer counts for another question. */
function formName(session: SessionRecord, ...shown: readonly (string | undefined)[]): string {
  const question = JSON.stringify([session.id, ...shown]);
  return `logout ${createHash('sha256').update(question).digest('base64url')}`;
}
