/** `/login`: user name and password, in the numbered steps that no path skips. */
import type { Parameters } from '@countersign/protocol';
import type { AuditStore } from '../audit/record.ts';
import { acrReachedBy, type Interaction, type Interactions } from '../authorize/index.ts';
import type { Endpoint, RequestContext, Route } from '../http/context.ts';
import { readCookie } from '../http/cookies.ts';
import { readForm, readQuery } from '../http/form.ts';
import { messagesFor, PageError, pageResponse, seeOther } from '../http/pages/index.ts';
import type { EphemeralStore, SubjectRecord, SubjectStore } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import { type PasswordHasher, type PasswordRules, usernameKey } from '../subjects/index.ts';
import { type Brake, enforceBrake } from './brake.ts';
import { completeLogin } from './completion.ts';
import type { FormGuard } from './csrf.ts';
import { type LoginFacts, nextLoginState } from './flow.ts';
import { type LoginPage, loginBody, newPasswordBody } from './pages.ts';
import { leastPasswordLength, newPasswordFault, type PasswordFailure, verifyPassword } from './passwords.ts';
import { createLoginProgress, isCurrent, passwordDigest } from './progress.ts';
import { recordInInteraction } from './record.ts';
import {
  type DescribeRequest,
  describeAsker,
  pageOptionsOf,
  type RequestDescription,
} from './request-description.ts';
import type { Authentication, Sessions } from './sessions.ts';
import { anonymous, auditEntry, byPerson } from './trail.ts';

/** For the metrics `auth_success_total`, `auth_failure_total` and `identity_auth_latency_seconds`. */
export interface LoginObserver {
  /** How long one check of a password took, right or wrong. */
  checked(seconds: number): void;
  succeeded(method: 'password'): void;
  failed(reason: PasswordFailure): void;
}

export interface LoginParts {
  readonly interactions: Interactions;
  readonly describe: DescribeRequest;
  readonly sessions: Sessions;
  readonly guard: FormGuard;
  readonly brake: Brake;
  readonly hasher: PasswordHasher;
  readonly rules: Pick<PasswordRules, 'check'>;
  readonly subjects: Pick<SubjectStore, 'find' | 'findByUsername' | 'replacePassword'>;
  readonly ephemeral: Pick<EphemeralStore, 'put' | 'find' | 'take'>;
  readonly audit: Pick<AuditStore, 'append'>;
  readonly observer: LoginObserver;
  /** What the rules ask for, as the pages say it. Default 12. */
  readonly minPasswordLength?: number;
}

const passwordRoute = 'login';
const newPasswordRoute = 'login-new-password';
const byPassword: Authentication = { acr: acrReachedBy(['pwd']), amr: ['pwd'] };
const maxUsernameLength = 256;

interface Visit {
  readonly request: Request;
  readonly context: RequestContext;
  readonly interaction: Interaction;
  readonly description: RequestDescription | undefined;
}

export function createLoginRoutes(parts: LoginParts): readonly Route[] {
  const progress = createLoginProgress(parts.ephemeral);
  const least = { count: parts.minPasswordLength ?? leastPasswordLength };

  const show: Endpoint = async (request, context) => {
    const id = readQuery(request).get('interaction');
    if (id === undefined) return beginVisit(parts.interactions, request, context, '/account');
    const visit = await openVisit(request, context, id);
    const waiting = await findWaiting(visit);
    if (waiting !== undefined) return newPasswordPage(visit, waiting.subject);
    return loginPage(visit, 200, visit.description?.loginHint?.slice(0, maxUsernameLength) ?? '', false);
  };

  const signIn: Endpoint = async (request, context) => {
    // 1. Whose form is it?
    const form = await readForm(request);
    const visit = await openPost(request, context, form, passwordRoute);
    if (form.get('action') === 'cancel') return cancel(visit);
    const username = (form.get('username') ?? '').slice(0, maxUsernameLength);
    const password = form.get('password') ?? '';
    const key = usernameKey(username);
    // 2. Charge before anything is tried.
    await enforceBrake(parts.brake, context, passwordRoute, request, key);
    // 3. Verify.
    const started = performance.now();
    const outcome = await verifyPassword(parts, context, key, password);
    parts.observer.checked((performance.now() - started) / 1000);
    if (!outcome.ok) return refuse(visit, username, outcome.subject, outcome.reason);
    // 4. What is lacking?
    const subject = outcome.rehash
      ? await rehash(context, outcome.subject, outcome.hash, password)
      : outcome.subject;
    const identified = nextLoginState('identify', 'identified', factsOf(subject));
    const state = nextLoginState(identified, 'password-verified', factsOf(subject));
    if (state === 'new-password') {
      await progress.put(visit.interaction, {
        subject: subject.id,
        state,
        amr: byPassword.amr,
        passwordDigest: passwordDigest(subject),
      });
      await parts.brake.refund(context, passwordRoute, request, key);
      return seeOther(context, loginPath(visit));
    }
    if (state !== 'done') return refuse(visit, username, subject.id, 'wrong-password');
    // 5. Session, interaction, onwards.
    const response = await completeLogin(
      parts,
      request,
      context,
      visit.interaction,
      subject,
      password,
      byPassword,
    );
    if (response === undefined) return refuse(visit, username, subject.id, 'disabled');
    await parts.brake.refund(context, passwordRoute, request, key);
    parts.observer.succeeded('password');
    return response;
  };

  const replacePassword: Endpoint = async (request, context) => {
    const form = await readForm(request);
    const visit = await openPost(request, context, form, newPasswordRoute);
    const waiting = await findWaiting(visit);
    if (waiting === undefined) return seeOther(context, loginPath(visit));
    const { subject } = waiting;
    const key = subject.usernameKey ?? subject.id;
    await enforceBrake(parts.brake, context, newPasswordRoute, request, key);
    const chosen = form.get('new_password') ?? '';
    const fault = await newPasswordFault(parts, subject, chosen);
    if (fault !== undefined) return newPasswordPage(visit, subject, messagesOf(visit).text(fault, least));
    const hash = await parts.hasher.hash<'password'>(chosen);
    // Check, take, write: of two forms sent at once one goes on.
    if (!(await progress.take(visit.interaction, context.now))) return seeOther(context, loginPath(visit));
    const replaced = await parts.subjects.replacePassword(
      context.tenant.id,
      subject.id,
      subject.passwordHash,
      hash,
      false,
      context.now,
      {
        audit: [
          auditEntry(context, {
            action: 'password.changed',
            actor: byPerson(subject.id),
            target: { kind: 'subject', id: subject.id },
            details: { cause: 'must-change' },
          }),
        ],
      },
    );
    const facts = { ...factsOf(subject), mustChangePassword: false };
    if (!replaced || nextLoginState('new-password', 'password-replaced', facts) !== 'done') {
      return seeOther(context, loginPath(visit));
    }
    const changed = { ...subject, passwordHash: hash, mustChangePassword: false };
    const response = await completeLogin(
      parts,
      request,
      context,
      visit.interaction,
      changed,
      chosen,
      byPassword,
    );
    if (response === undefined) return seeOther(context, loginPath(visit));
    await parts.brake.refund(context, newPasswordRoute, request, key);
    parts.observer.succeeded('password');
    return response;
  };

  async function openVisit(
    request: Request,
    context: RequestContext,
    id: string | undefined,
  ): Promise<Visit> {
    const interaction = await parts.interactions.find(request, context, id ?? '');
    if (interaction === undefined)
      throw new PageError('interaction-expired', { detail: 'unknown or foreign interaction' });
    return {
      request,
      context,
      interaction,
      description: await describeAsker(parts.describe, context, interaction),
    };
  }

  async function openPost(
    request: Request,
    context: RequestContext,
    form: Parameters,
    name: string,
  ): Promise<Visit> {
    const visit = await openVisit(request, context, form.get('interaction'));
    parts.guard.verify(request, context, browserSecret(visit), formName(visit, name), form.get('csrf'));
    return visit;
  }

  /** The account whose right password this interaction has seen, if a new one is still wanted of it. */
  async function findWaiting(visit: Visit): Promise<{ readonly subject: SubjectRecord } | undefined> {
    const { context, interaction } = visit;
    const waiting = await progress.find(interaction, context.now);
    if (waiting?.state !== 'new-password') return undefined;
    const subject = await parts.subjects.find(context.tenant.id, waiting.subject);
    if (subject === undefined || subject.disabledAt !== 0 || !subject.mustChangePassword) return undefined;
    return isCurrent(waiting, subject) ? { subject } : undefined;
  }

  /** One answer for every reason; the reason is in the audit row alone. */
  async function refuse(
    visit: Visit,
    username: string,
    subject: string | null,
    reason: PasswordFailure,
  ): Promise<Response> {
    await parts.audit.append([
      auditEntry(visit.context, {
        action: 'session.refused',
        actor: anonymous,
        target: subject === null ? null : { kind: 'subject', id: subject },
        refused: reason,
      }),
    ]);
    parts.observer.failed(reason);
    return loginPage(visit, 401, username, true);
  }

  /** The application is told `access_denied`; a visit of one's own just starts over. */
  async function cancel(visit: Visit): Promise<Response> {
    const { context, interaction } = visit;
    if (visit.description === undefined) return seeOther(context, loginPath(visit));
    await recordInInteraction(parts.interactions, visit.request, context, interaction, {
      consent: { answer: 'denied', session: null },
    });
    return seeOther(context, parts.interactions.resumePath(context, interaction));
  }

  async function rehash(
    context: RequestContext,
    subject: SubjectRecord,
    previous: Hashed<'password'>,
    password: string,
  ): Promise<SubjectRecord> {
    const next = await parts.hasher.hash<'password'>(password);
    const { tenant, id, mustChangePassword } = subject;
    const replaced = await parts.subjects.replacePassword(
      tenant,
      id,
      previous,
      next,
      mustChangePassword,
      context.now,
      {},
    );
    return replaced ? { ...subject, passwordHash: next } : subject;
  }

  function loginPage(visit: Visit, status: number, username: string, failed: boolean): Response {
    const page = pageOf(visit, passwordRoute, '/login');
    const title = page.messages.text('login.title');
    return answer(visit, page, status, title, loginBody(page, { username, failed }));
  }

  function newPasswordPage(visit: Visit, subject: SubjectRecord, error?: string): Response {
    const page = pageOf(visit, newPasswordRoute, '/login/new-password');
    const title = page.messages.text('new-password.title');
    const body = newPasswordBody(page, {
      username: subject.username ?? '',
      error,
      rule: page.messages.text('password.rule', least),
    });
    return answer(visit, page, error === undefined ? 200 : 422, title, body);
  }

  function pageOf(visit: Visit, form: string, path: string): LoginPage {
    const { context, interaction, description } = visit;
    return {
      messages: messagesOf(visit),
      action: `${context.basePath}${path}`,
      interaction: interaction.id,
      csrf: parts.guard.issue(context, browserSecret(visit) ?? '', formName(visit, form)),
      description,
      purpose: interaction.purpose.kind,
    };
  }

  const route = { errors: 'page', cors: 'none' } as const;
  return [
    { ...route, method: 'GET', path: '/login', endpoint: show, name: passwordRoute },
    { ...route, method: 'POST', path: '/login', endpoint: signIn, name: passwordRoute },
    {
      ...route,
      method: 'POST',
      path: '/login/new-password',
      endpoint: replacePassword,
      name: newPasswordRoute,
    },
  ];
}

/** Starts a sign-in that no application asked for and sends the browser there. `returnTo` is never input. */
export async function beginVisit(
  interactions: Pick<Interactions, 'begin'>,
  request: Request,
  context: RequestContext,
  returnTo: string,
): Promise<Response> {
  const headers = new Headers();
  const interaction = await interactions.begin(request, context, headers, { kind: 'account', returnTo });
  return seeOther(context, `${context.basePath}/login?interaction=${interaction.id}`, headers);
}

/** No second factor can be enrolled yet; when one can, it is read here and nowhere else. */
function factsOf(subject: SubjectRecord): LoginFacts {
  return {
    enabled: subject.disabledAt === 0,
    hasSecondFactor: false,
    mustChangePassword: subject.mustChangePassword,
  };
}

function answer(visit: Visit, page: LoginPage, status: number, title: string, body: LoginBody): Response {
  const options = pageOptionsOf(visit.description);
  return pageResponse(visit.context, { status, messages: page.messages, title, body, ...options });
}

type LoginBody = ReturnType<typeof loginBody>;

const messagesOf = (visit: Visit) => messagesFor(visit.request, visit.description?.uiLocales);
const browserSecret = (visit: Visit): string | undefined =>
  readCookie(visit.request, visit.context, 'browser');
const formName = (visit: Visit, form: string): string => `${form} ${visit.interaction.id}`;
const loginPath = (visit: Visit): string =>
  `${visit.context.basePath}/login?interaction=${visit.interaction.id}`;
