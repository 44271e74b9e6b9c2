/** `/device`: where a person enters the code of a device, sees who asks from where, and allows or denies (RFC 8628 §3.3). */
import { createHash } from 'node:crypto';
import { formatUserCode, parseUserCode } from '@countersign/protocol';
import type { AuditStore } from '../audit/record.ts';
import type { Interaction, Interactions } from '../authorize/index.ts';
import type { Endpoint, RequestContext, Route } from '../http/context.ts';
import { readCookie, setCookie } from '../http/cookies.ts';
import { readForm, readQuery } from '../http/form.ts';
import { messagesFor, PageError, pageResponse, seeOther } from '../http/pages/index.ts';
import {
  auditEntry,
  byPerson,
  type FormGuard,
  isOwnNotice,
  noticePath,
  outboxEvent,
  pageOptionsOf,
  type SealPersonal,
  type Sessions,
} from '../login/index.ts';
import type { Random, Vault } from '../ports.ts';
import type { DeviceBrake } from '../privacy/index.ts';
import type {
  ClientRecord,
  DeviceCodeRecord,
  DeviceCodeStore,
  SessionRecord,
  SubjectRecord,
  SubjectStore,
  Trail,
} from '../storage/ports.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { needsSignIn } from './decide.ts';
import { readOrigin } from './origin.ts';
import { approvalBody, doneBody, entryBody } from './page.ts';
import type { UserCodes } from './user-codes.ts';

export interface DeviceVerificationParts {
  readonly interactions: Interactions;
  readonly sessions: Pick<Sessions, 'find'>;
  readonly guard: FormGuard;
  readonly brake: Pick<DeviceBrake, 'guess' | 'refund'>;
  readonly deviceCodes: Pick<DeviceCodeStore, 'findByUserCode' | 'approve' | 'deny'>;
  readonly userCodes: UserCodes;
  readonly findClient: (tenant: string, id: string) => Promise<ClientRecord | undefined>;
  readonly subjects: Pick<SubjectStore, 'find'>;
  readonly sealPersonal: SealPersonal;
  readonly audit: Pick<AuditStore, 'append'>;
  readonly vault: Vault;
  readonly random: Random;
  readonly metrics: Pick<Metrics, 'deviceAuthorizations'>;
  readonly lifetimes: { readonly deviceCodeSeconds: number };
}

/** A device that waits, and the person who is asked about it. */
interface Question {
  readonly interaction: Interaction;
  readonly session: SessionRecord;
  readonly subject: SubjectRecord;
  readonly client: ClientRecord;
  readonly record: DeviceCodeRecord;
  readonly code: string;
}

const entryForm = 'device';
const maxEchoLength = 64;
const notices = { approved: 'device-approved', denied: 'device-denied' } as const;
type Outcome = keyof typeof notices;

export function createDeviceVerificationRoutes(parts: DeviceVerificationParts): readonly Route[] {
  const { interactions, deviceCodes, userCodes, metrics } = parts;

  const showEntry: Endpoint = (request, context) => {
    const code = parseUserCode(readQuery(request).get('user_code') ?? '');
    return entryPage(request, context, 200, code === undefined ? '' : formatUserCode(code));
  };

  const enter: Endpoint = async (request, context) => {
    const form = await readForm(request);
    const secret = readCookie(request, context, 'browser');
    parts.guard.verify(request, context, secret, entryForm, form.get('csrf'));
    const typed = form.get('user_code') ?? '';
    const code = parseUserCode(typed);
    if (code === undefined) return entryPage(request, context, 422, typed.slice(0, maxEchoLength), true);
    const headers = new Headers();
    const interaction = await interactions.begin(request, context, headers, {
      kind: 'device',
      userCode: userCodes.seal(context.tenant.id, code),
    });
    return seeOther(context, interactions.resumePath(context, interaction), headers);
  };

  const showApproval: Endpoint = async (request, context) => {
    const question = await findQuestion(request, context, readQuery(request).get('interaction'));
    if (question instanceof Response) return question;
    const { interaction, session, subject, client, record, code } = question;
    const messages = messagesFor(request);
    const secret = readCookie(request, context, 'session') ?? '';
    return pageResponse(context, {
      messages,
      title: messages.text('connect.approve.title'),
      body: approvalBody({
        messages,
        basePath: context.basePath,
        interaction: interaction.id,
        csrf: parts.guard.issue(context, secret, formName(question)),
        username: subject.username ?? session.subject,
        client,
        record,
        code,
        addresses: { device: readOrigin(parts.vault, record), browser: context.clientAddress },
      }),
      ...pageOptionsOf({ client }),
    });
  };

  const answer: Endpoint = async (request, context) => {
    const form = await readForm(request);
    const question = await findQuestion(request, context, form.get('interaction'));
    if (question instanceof Response) return question;
    const secret = readCookie(request, context, 'session');
    parts.guard.verify(request, context, secret, formName(question), form.get('csrf'));
    const decision = form.get('decision');
    if (decision !== 'allow' && decision !== 'deny')
      throw new PageError('invalid-request', { detail: 'no decision' });
    const isAnswered = await (decision === 'allow' ? approve : deny)(context, question);
    await interactions.take(question.interaction, context.now);
    if (!isAnswered) throw new PageError('device-ended', { detail: 'answered, expired or no longer live' });
    const outcome: Outcome = decision === 'allow' ? 'approved' : 'denied';
    metrics.deviceAuthorizations.inc({ outcome });
    return seeOther(
      context,
      noticePath(parts.guard, context, question.session, notices[outcome], '/device/done'),
    );
  };

  const showDone: Endpoint = async (request, context) => {
    const query = readQuery(request);
    const session = await parts.sessions.find(request, context);
    const [done = '', proof] = [query.get('done'), query.get('proof')];
    const outcome = (['approved', 'denied'] as const).find((one) => notices[one] === done);
    if (
      session === undefined ||
      outcome === undefined ||
      !isOwnNotice(parts.guard, context, session, done, proof)
    )
      return seeOther(context, `${context.basePath}/device`);
    const messages = messagesFor(request);
    const title = messages.text(`connect.${outcome}.title`);
    return pageResponse(context, { messages, title, body: doneBody(messages, context.basePath, outcome) });
  };

  /** A response instead when there is nothing to ask yet, or nothing at all. */
  async function findQuestion(
    request: Request,
    context: RequestContext,
    id: string | undefined,
  ): Promise<Question | Response> {
    // 1. Is it this browser's?
    const interaction = await interactions.find(request, context, id ?? '');
    if (interaction?.purpose.kind !== 'device')
      throw new PageError('device-ended', { detail: 'unknown or foreign interaction' });
    // 2. Who is asked? Nobody learns whether a code is right before having signed in.
    const session = await parts.sessions.find(request, context);
    const subject = session && (await parts.subjects.find(context.tenant.id, session.subject));
    if (session === undefined || subject === undefined) return signIn(context, interaction);
    // 3. Charge before anything is looked up.
    const { allowed, retryAfterSeconds } = await parts.brake.guess(context, request, subject.id);
    if (!allowed) throw new PageError('rate-limited', { retryAfterSeconds, detail: 'brake at device' });
    // 4. Which device?
    const code = userCodes.unseal(context.tenant.id, interaction.purpose.userCode);
    const found = await findDevice(context, code);
    if (found === undefined) return refuseCode(request, context, interaction, subject, code);
    await parts.brake.refund(context, request, subject.id);
    // 5. Is the sign-in what this client wants?
    if (needsSignIn(found.client, session, interaction, context.now)) return signIn(context, interaction);
    return { interaction, session, subject, code, ...found };
  }

  /** Answered, expired, foreign and made-up codes are all not found, and so is one whose client was disabled. */
  async function findDevice(
    context: RequestContext,
    code: string,
  ): Promise<Pick<Question, 'client' | 'record'> | undefined> {
    const { tenant, now } = context;
    let record: DeviceCodeRecord | undefined;
    for (const hash of userCodes.hashes(tenant.id, code)) {
      record ??= await deviceCodes.findByUserCode(tenant.id, hash, now);
    }
    const client = record && (await parts.findClient(tenant.id, record.clientId));
    return record === undefined || client === undefined || client.disabledAt !== 0
      ? undefined
      : { record, client };
  }

  /** The entry ends with a wrong code: another try is another entry. */
  async function refuseCode(
    request: Request,
    context: RequestContext,
    interaction: Interaction,
    subject: SubjectRecord,
    code: string,
  ): Promise<Response> {
    await interactions.take(interaction, context.now);
    await parts.audit.append([
      auditEntry(context, {
        action: 'device.code_refused',
        actor: byPerson(subject.id),
        refused: 'wrong_code',
      }),
    ]);
    metrics.deviceAuthorizations.inc({ outcome: 'code_refused' });
    return entryPage(request, context, 422, formatUserCode(code), true);
  }

  async function approve(
    context: RequestContext,
    { session, client, record, subject }: Question,
  ): Promise<boolean> {
    const grantId = parts.random.token(16);
    const [scope, resources] = [record.scope.join(' '), record.resources.join(' ')];
    const target = { kind: 'client', id: client.id };
    const actor = byPerson(subject.id);
    const trail: Trail = {
      audit: [
        auditEntry(context, {
          action: 'device.approved',
          actor,
          target,
          details: { grant_id: grantId, scope, resources, session: session.id, ...requestFacts(record) },
          personal: parts.sealPersonal(subject, { device: record.device }),
        }),
        auditEntry(context, { action: 'consent.given', actor, target, details: { scope, resources } }),
      ],
      events: [
        outboxEvent(context, parts.random, 'device.approved', subject.id, {
          client: client.id,
          grant: grantId,
        }),
        outboxEvent(context, parts.random, 'consent.given', subject.id, { client: client.id, scope }),
      ],
    };
    const outcome = await deviceCodes.approve(
      context.tenant.id,
      record.hash,
      {
        subject: subject.id,
        sessionId: session.id,
        grantId,
        authTime: session.authTime,
        acr: session.acr,
        amr: session.amr,
        approvedAt: context.now,
      },
      trail,
    );
    return outcome === 'approved';
  }

  function deny(context: RequestContext, { client, record, subject }: Question): Promise<boolean> {
    const entry = auditEntry(context, {
      action: 'device.denied',
      actor: byPerson(subject.id),
      target: { kind: 'client', id: client.id },
      refused: 'denied-by-person',
      details: { scope: record.scope.join(' '), ...requestFacts(record) },
      personal: parts.sealPersonal(subject, { device: record.device }),
    });
    const event = outboxEvent(context, parts.random, 'device.denied', subject.id, { client: client.id });
    return deviceCodes.deny(context.tenant.id, record.hash, context.now, { audit: [entry], events: [event] });
  }

  function entryPage(
    request: Request,
    context: RequestContext,
    status: number,
    code: string,
    isWrong = false,
  ): Response {
    const headers = new Headers();
    let browser = readCookie(request, context, 'browser');
    if (browser === undefined) {
      browser = parts.random.token(32);
      setCookie(headers, context, 'browser', browser);
    }
    const messages = messagesFor(request);
    const time = messages.span(parts.lifetimes.deviceCodeSeconds);
    const body = entryBody({
      messages,
      basePath: context.basePath,
      csrf: parts.guard.issue(context, browser, entryForm),
      code,
      error: isWrong ? messages.text('connect.wrong', { time }) : undefined,
    });
    return pageResponse(context, { status, messages, title: messages.text('connect.title'), body, headers });
  }

  const shared = { errors: 'page', cors: 'none' } as const;
  return [
    { ...shared, method: 'GET', path: '/device', endpoint: showEntry, name: 'device' },
    { ...shared, method: 'POST', path: '/device', endpoint: enter, name: 'device' },
    {
      ...shared,
      method: 'GET',
      path: '/device/confirm',
      endpoint: showApproval,
      name: 'device-confirm',
      changesState: true,
    },
    { ...shared, method: 'POST', path: '/device/confirm', endpoint: answer, name: 'device-confirm' },
    { ...shared, method: 'GET', path: '/device/done', endpoint: showDone, name: 'device-done' },
  ];
}

function signIn(context: RequestContext, interaction: Interaction): Response {
  return seeOther(context, `${context.basePath}/login?interaction=${interaction.id}`);
}

/** So that an answer can be followed back to the request that it is about. */
function requestFacts({ createdAt, traceId }: DeviceCodeRecord): Readonly<Record<string, string | number>> {
  return { requested_at: createdAt, requested_trace: traceId };
}

/** Names everything the page showed, so that no answer counts for another question than the one that was read. */
function formName({ interaction, session, client, record }: Question): string {
  const shown = JSON.stringify([session.id, client.id, record.hash, record.scope, record.resources]);
  return `device ${interaction.id} ${createHash('sha256').update(shown).digest('base64url')}`;
}
