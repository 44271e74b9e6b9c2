/** `/setup`: the link that makes the first administrator, once (IAM-2, mode `link`). */
import { createHash } from 'node:crypto';
import type { Parameters } from '@countersign/protocol';
import { acrReachedBy } from '../authorize/index.ts';
import type { Endpoint, RequestContext, Route } from '../http/context.ts';
import { readCookie, setCookie } from '../http/cookies.ts';
import { readForm, readQuery } from '../http/form.ts';
import { type Messages, messagesFor, PageError, pageResponse, seeOther } from '../http/pages/index.ts';
import {
  type Authentication,
  anonymous,
  auditEntry,
  type Brake,
  enforceBrake,
  type FormGuard,
  leastPasswordLength,
  noticePath,
  outboxEvent,
  type Sessions,
} from '../login/index.ts';
import type { Random } from '../ports.ts';
import type { OneTimeTokenStore, RoleGrant } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import {
  type PasswordRules,
  type PreparedUser,
  parseUsername,
  SubjectError,
  type Users,
} from '../subjects/index.ts';
import { type SetupFaults, setupBody } from './page.ts';

export interface SetupParts {
  readonly oneTimeTokens: Pick<OneTimeTokenStore, 'isLive' | 'completeSetup'>;
  readonly users: Pick<Users, 'prepareUser'>;
  readonly rules: Pick<PasswordRules, 'check'>;
  readonly sessions: Pick<Sessions, 'signIn'>;
  readonly guard: FormGuard;
  readonly brake: Brake;
  readonly random: Random;
  /** What the rules ask for, as the pages say it. Default 12. */
  readonly minPasswordLength?: number;
}

interface Entered {
  readonly name: string;
  readonly username: string;
  readonly password: string;
}

const setupTenant = 'default';
const operatorTenant = '_system';
const routeName = 'setup';
const maxNameLength = 200;
const byPassword: Authentication = { acr: acrReachedBy(['pwd']), amr: ['pwd'] };

export function createSetupRoutes(parts: SetupParts): readonly Route[] {
  const least = { count: parts.minPasswordLength ?? leastPasswordLength };

  const show: Endpoint = async (request, context) => {
    const token = readQuery(request).get('token') ?? '';
    await findLink(context, token);
    return page(request, context, 200, token, { name: '', username: '', password: '' }, {});
  };

  const complete: Endpoint = async (request, context) => {
    const form = await readForm(request);
    const token = form.get('token') ?? '';
    const secret = readCookie(request, context, 'browser');
    parts.guard.verify(request, context, secret, routeName, form.get('csrf'));
    await enforceBrake(parts.brake, context, routeName, request);
    const hash = await findLink(context, token);
    const entered = readEntered(form);
    const messages = messagesFor(request);
    const faults = await faultsOf(messages, entered);
    if (Object.keys(faults).length > 0) return page(request, context, 422, token, entered, faults);
    const prepared = await prepare(context, messages, entered);
    if (!('subject' in prepared)) return page(request, context, 422, token, entered, prepared);
    const { subject, trail } = prepared;
    const outcome = await parts.oneTimeTokens.completeSetup(
      hash,
      context.now,
      subject,
      administratorGrants(context, subject.id),
      {
        audit: [
          ...(trail.audit ?? []),
          auditEntry(context, {
            action: 'setup.completed',
            actor: anonymous,
            target: { kind: 'subject', id: subject.id },
            details: { roles: 'admin operator' },
          }),
        ],
        events: [...(trail.events ?? []), outboxEvent(context, parts.random, 'setup.completed', subject.id)],
      },
    );
    if (outcome === 'duplicate') {
      return page(request, context, 422, token, entered, { username: messages.text('setup.username-taken') });
    }
    if (outcome !== 'created') throw noLink(outcome);
    await parts.brake.refund(context, routeName, request);
    const headers = new Headers();
    const session = await parts.sessions.signIn(request, context, headers, subject, byPassword);
    const next = session === undefined ? '/account' : noticePath(parts.guard, context, session, 'setup');
    return seeOther(context, next, headers);
  };

  /** The link's hash while it works. @throws {PageError} `setup-link`, alike for spent, expired and made-up ones */
  async function findLink(context: RequestContext, token: string): Promise<Hashed<'one-time-token'>> {
    if (context.tenant.id !== setupTenant)
      throw new PageError('not-found', { detail: 'set-up on another tenant' });
    if (!/^[A-Za-z0-9_-]{20,128}$/.test(token)) throw noLink('malformed');
    const hash = createHash('sha256').update(token).digest('base64url') as Hashed<'one-time-token'>;
    const isLive = await parts.oneTimeTokens.isLive(setupTenant, 'setup', hash, context.now);
    if (!isLive) throw noLink('not live');
    return hash;
  }

  async function faultsOf(messages: Messages, entered: Entered): Promise<SetupFaults> {
    const { name, username, password } = entered;
    const required = messages.text('field.required');
    const problem =
      password === '' ? undefined : await parts.rules.check(password, { username, email: null });
    const passwordFault = problem === undefined ? undefined : messages.text(`password.${problem}`, least);
    return {
      ...(name === '' && { name: required }),
      ...(name.length > maxNameLength && { name: messages.text('setup.name-invalid') }),
      ...(!isUsername(username) && {
        username: username === '' ? required : messages.text('setup.username-invalid'),
      }),
      ...(password === '' && { password: required }),
      ...(passwordFault !== undefined && { password: passwordFault }),
    };
  }

  async function prepare(
    context: RequestContext,
    messages: Messages,
    { name, username, password }: Entered,
  ): Promise<PreparedUser | SetupFaults> {
    try {
      const requester = { actor: anonymous, now: context.now, traceId: context.traceId };
      return await parts.users.prepareUser(requester, {
        tenant: setupTenant,
        username,
        password,
        profile: { name },
      });
    } catch (error) {
      if (!(error instanceof SubjectError)) throw error;
      if (error.code === 'invalid_profile') return { name: messages.text('setup.name-invalid') };
      throw error;
    }
  }

  function page(
    request: Request,
    context: RequestContext,
    status: number,
    token: string,
    entered: Entered,
    faults: SetupFaults,
  ): Response {
    const messages = messagesFor(request);
    const headers = new Headers();
    const secret = readCookie(request, context, 'browser') ?? parts.random.token(32);
    setCookie(headers, context, 'browser', secret);
    const csrf = parts.guard.issue(context, secret, routeName);
    const body = setupBody({
      messages,
      action: `${context.basePath}/setup`,
      token,
      csrf,
      filled: entered,
      passwordRule: messages.text('password.rule', least),
      faults,
    });
    return pageResponse(context, { status, messages, title: messages.text('setup.title'), body, headers });
  }

  const route = { path: '/setup', errors: 'page', cors: 'none', name: routeName } as const;
  return [
    { ...route, method: 'GET', endpoint: show },
    { ...route, method: 'POST', endpoint: complete },
  ];
}

/** Administrator of the default tenant, and operator of the deployment, held in `_system`. */
function administratorGrants({ now }: RequestContext, subject: string): readonly RoleGrant[] {
  return [
    { tenant: setupTenant, subject, role: 'admin', workspace: null, createdAt: now },
    { tenant: operatorTenant, subject, role: 'operator', workspace: null, createdAt: now },
  ];
}

function readEntered(form: Parameters): Entered {
  const text = (name: string): string => (form.get(name) ?? '').trim();
  return { name: text('name'), username: text('username'), password: form.get('password') ?? '' };
}

function isUsername(text: string): boolean {
  try {
    parseUsername(text);
    return true;
  } catch (error) {
    if (error instanceof SubjectError) return false;
    throw error;
  }
}

function noLink(detail: string): PageError {
  return new PageError('setup-link', { detail });
}
