/** `/consent`: what an application asks for, and the person's answer. */
import { createHash } from 'node:crypto';
import type { AuditStore } from '../audit/record.ts';
import type { Interaction, Interactions } from '../authorize/index.ts';
import type { Endpoint, RequestContext, Route } from '../http/context.ts';
import { readCookie } from '../http/cookies.ts';
import { readForm, readQuery } from '../http/form.ts';
import { messagesFor, PageError, pageResponse, seeOther } from '../http/pages/index.ts';
import {
  auditEntry,
  byPerson,
  type DescribeRequest,
  type FormGuard,
  outboxEvent,
  pageOptionsOf,
  type RequestDescription,
  recordInInteraction,
  type Sessions,
} from '../login/index.ts';
import type { Random } from '../ports.ts';
import type { ConsentStore, SessionRecord, SubjectStore } from '../storage/ports.ts';
import { consentBody } from './page.ts';

export interface ConsentParts {
  readonly interactions: Interactions;
  readonly describe: DescribeRequest;
  readonly sessions: Pick<Sessions, 'find'>;
  readonly guard: FormGuard;
  readonly random: Random;
  readonly subjects: Pick<SubjectStore, 'find'>;
  readonly consents: Pick<ConsentStore, 'remember'>;
  readonly audit: Pick<AuditStore, 'append'>;
}

interface Question {
  readonly interaction: Interaction;
  readonly description: RequestDescription;
  readonly session: SessionRecord;
}

export function createConsentRoutes(parts: ConsentParts): readonly Route[] {
  const show: Endpoint = async (request, context) => {
    const question = await findQuestion(request, context, readQuery(request).get('interaction'));
    if (question instanceof Response) return question;
    const { interaction, description, session } = question;
    const subject = await parts.subjects.find(context.tenant.id, session.subject);
    const messages = messagesFor(request, description.uiLocales);
    const secret = readCookie(request, context, 'session') ?? '';
    const body = consentBody({
      messages,
      basePath: context.basePath,
      interaction: interaction.id,
      csrf: parts.guard.issue(context, secret, formName(question)),
      description,
      username: subject?.username ?? session.subject,
    });
    return pageResponse(context, {
      messages,
      title: messages.text('consent.title'),
      body,
      ...pageOptionsOf(description),
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
    if (decision === 'allow') await remember(context, question);
    else await noteDenial(context, question);
    const said = decision === 'allow' ? 'allowed' : 'denied';
    await recordInInteraction(parts.interactions, request, context, question.interaction, {
      consent: { answer: said, session: question.session.id },
    });
    return seeOther(context, parts.interactions.resumePath(context, question.interaction));
  };

  /** A response instead when there is nothing to ask: nobody is signed in, or the answer was no. */
  async function findQuestion(
    request: Request,
    context: RequestContext,
    id: string | undefined,
  ): Promise<Question | Response> {
    const interaction = await parts.interactions.find(request, context, id ?? '');
    if (interaction?.purpose.kind !== 'authorize') {
      throw new PageError('interaction-expired', { detail: 'unknown or foreign interaction' });
    }
    // Somebody else's "allowed" is no answer of this person: who is sent here is asked.
    if (interaction.consent?.answer === 'denied')
      return seeOther(context, parts.interactions.resumePath(context, interaction));
    const description = await parts.describe(context, interaction);
    if (description === undefined) {
      throw new PageError('interaction-expired', { detail: 'the request is no longer good' });
    }
    const session = await parts.sessions.find(request, context);
    if (session === undefined)
      return seeOther(context, `${context.basePath}/login?interaction=${interaction.id}`);
    return { interaction, description, session };
  }

  async function remember(context: RequestContext, { description, session }: Question): Promise<void> {
    const { client, scope, resources } = description;
    const consent = {
      tenant: context.tenant.id,
      subject: session.subject,
      clientId: client.id,
      scope,
      resources,
      grantedAt: context.now,
      updatedAt: context.now,
    };
    await parts.consents.remember(consent, {
      audit: [
        auditEntry(context, {
          action: 'consent.given',
          actor: byPerson(session.subject),
          target: { kind: 'client', id: client.id },
          details: { scope: scope.join(' '), resources: resources.join(' ') },
        }),
      ],
      events: [
        outboxEvent(context, parts.random, 'consent.given', session.subject, {
          client: client.id,
          scope: scope.join(' '),
        }),
      ],
    });
  }

  async function noteDenial(context: RequestContext, { description, session }: Question): Promise<void> {
    const { client, scope } = description;
    await parts.audit.append([
      auditEntry(context, {
        action: 'consent.denied',
        actor: byPerson(session.subject),
        target: { kind: 'client', id: client.id },
        refused: 'denied-by-person',
        details: { scope: scope.join(' ') },
      }),
    ]);
  }

  const route = { path: '/consent', errors: 'page', cors: 'none', name: 'consent' } as const;
  return [
    { ...route, method: 'GET', endpoint: show },
    { ...route, method: 'POST', endpoint: answer },
  ];
}

/** Names everything the page showed, so that no answer counts for another question than the one that was read. */
function formName({ interaction, description, session }: Question): string {
  const { client, redirectUri, scope, resources } = description;
  const shown = JSON.stringify([session.id, client.id, redirectUri, scope, resources]);
  return `consent ${interaction.id} ${createHash('sha256').update(shown).digest('base64url')}`;
}
