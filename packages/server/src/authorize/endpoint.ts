/** GET and POST /oauth2/authorize, and the way back to it after a page. */
import { OAuthError, type Parameters } from '@countersign/protocol';
import type { AuditLog } from '../audit/index.ts';
import type { RequestContext, Route } from '../http/context.ts';
import { RateLimitError } from '../http/error-response.ts';
import { readQuery } from '../http/form.ts';
import { PageError, seeOther } from '../http/pages/index.ts';
import type { Random } from '../ports.ts';
import type {
  AuthorizationCodeStore,
  ClientRecord,
  ConsentStore,
  PushedRequestStore,
  SessionRecord,
} from '../storage/ports.ts';
import type { PublicSubjects } from '../subjects/index.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { hashSecret, type IdTokenHints } from '../tokens/index.ts';
import { decide } from './decide.ts';
import type { Interaction, Interactions } from './interaction.ts';
import { acrToTell } from './levels.ts';
import { type RawRequest, readAuthorizationRequest } from './parameters.ts';
import { type AnswerTarget, type AuthorizationRequest, type LoadedRequest, plainOrigin } from './request.ts';
import { carriesRequestObject, type RequestObjects } from './request-objects.ts';
import { resolveRequest, resolveTarget } from './resolve.ts';
import { answerWithCode, answerWithError } from './respond.ts';
import { resolveClient } from './steps/client.ts';
import { fromPairs, loadPushedRequest, requirePushedRequest, toPairs } from './steps/pushed-request.ts';

export interface AuthorizeParts {
  readonly findClient: (tenant: string, id: string) => Promise<ClientRecord | undefined>;
  readonly findSession: (request: Request, context: RequestContext) => Promise<SessionRecord | undefined>;
  readonly pushedRequests: PushedRequestStore;
  readonly requestObjects: RequestObjects;
  readonly codes: AuthorizationCodeStore;
  readonly consents: ConsentStore;
  readonly interactions: Interactions;
  readonly hints: IdTokenHints;
  readonly publicSubjects: Pick<PublicSubjects, 'find'>;
  readonly random: Random;
  readonly audit: AuditLog;
  readonly metrics: Pick<Metrics, 'profileRefusals'>;
  readonly lifetimes: { readonly codeSeconds: number; readonly pushedRequestSeconds: number };
}

/** What the pages tell a person of the request that waits. */
export type Described = Pick<
  AuthorizationRequest,
  'client' | 'redirectUri' | 'resources' | 'loginHint' | 'uiLocales' | 'display'
> & {
  /** All that is asked for, claims by name included; more than the scope that is granted. */
  readonly scope: readonly string[];
};

export function createAuthorize(parts: AuthorizeParts): {
  readonly routes: readonly Route[];
  /** What a waiting interaction asks for: for the pages. undefined when it can no longer be answered. */
  readonly describe: (context: RequestContext, interaction: Interaction) => Promise<Described | undefined>;
} {
  const { findClient, findSession, codes, consents, interactions, random, audit, metrics, lifetimes } = parts;
  const { publicSubjects, requestObjects } = parts;
  const pushed = { store: parts.pushedRequests, lifetimeSeconds: lifetimes.pushedRequestSeconds };

  async function begin(request: Request, context: RequestContext): Promise<Response> {
    const raw = await readAuthorizationRequest(request);
    const client = await resolveClient(raw.parameters, context, findClient);
    let loaded: LoadedRequest;
    try {
      loaded = await load(raw, client, context);
    } catch (error) {
      const beside = targetBeside(raw.parameters, client, context);
      if (beside === undefined) throw error;
      return answering(request, context, beside, () => Promise.reject(error));
    }
    const { parameters, origin } = loaded;
    const target = resolveTarget(parameters, client, context);
    return answering(request, context, target, async () => {
      const isPushed = origin.pushedRequest !== null;
      requirePushedRequest(client, context, isPushed);
      const malformed = isPushed ? undefined : raw.malformed;
      const resolved = await resolveRequest(parameters, target, context, parts, origin, malformed);
      return request.method === 'POST'
        ? comeBackByGet(request, context, resolved)
        : proceed(request, context, resolved, undefined);
    });
  }

  /** The request that is meant: in the open, pushed before, in a request object, or behind a reference to one. */
  async function load(
    { parameters, malformed }: RawRequest,
    client: ClientRecord,
    context: RequestContext,
  ): Promise<LoadedRequest> {
    const reference = parameters.get('request_uri');
    if (parameters.has('request') && reference !== undefined) {
      throw new OAuthError('invalid_request', 'request and request_uri exclude each other');
    }
    if (carriesRequestObject(parameters)) {
      if (malformed !== undefined) throw malformed;
      requirePushedRequest(client, context, false);
      return requestObjects.load(parameters, client, context);
    }
    if (reference !== undefined) return loadPushedRequest(reference, client, context, pushed);
    return { parameters, origin: plainOrigin };
  }

  /** Where a request object that is refused is answered: at the redirect URI beside it, if there is one and it is registered. */
  function targetBeside(
    parameters: Parameters,
    client: ClientRecord,
    context: RequestContext,
  ): AnswerTarget | undefined {
    if (!carriesRequestObject(parameters) || !parameters.has('redirect_uri')) return undefined;
    try {
      return resolveTarget(parameters, client, context);
    } catch (error) {
      if (error instanceof OAuthError) return undefined;
      throw error;
    }
  }

  /**
   * A form that another site posts comes without our SameSite=Lax cookies, and would be answered as if nobody were signed
   * in; the GET that this redirects to brings them.
   */
  async function comeBackByGet(
    request: Request,
    context: RequestContext,
    resolved: AuthorizationRequest,
  ): Promise<Response> {
    const headers = new Headers();
    const interaction = await interactions.begin(request, context, headers, purposeOf(resolved));
    return seeOther(context, interactions.resumePath(context, interaction), headers);
  }

  async function resume(request: Request, context: RequestContext): Promise<Response> {
    const id = readQuery(request).get('interaction') ?? '';
    const interaction = await interactions.find(request, context, id);
    if (interaction === undefined || interaction.purpose.kind !== 'authorize')
      throw new PageError('interaction-expired');
    const parameters = fromPairs(interaction.purpose.parameters);
    const client = await resolveClient(parameters, context, findClient);
    const target = resolveTarget(parameters, client, context);
    const { origin } = interaction.purpose;
    return answering(request, context, target, async () => {
      const resolved = await resolveRequest(parameters, target, context, parts, origin);
      return proceed(request, context, resolved, interaction);
    });
  }

  /** From here on refusals go to the client (RFC 6749 §4.1.2.1); what is no refusal goes up. */
  async function answering(
    request: Request,
    context: RequestContext,
    target: AnswerTarget,
    work: () => Promise<Response>,
  ): Promise<Response> {
    try {
      return await work();
    } catch (error) {
      // Too many sign-ins from one address is between us and that browser, not the client's concern.
      if (!(error instanceof OAuthError) || error instanceof RateLimitError) throw error;
      if (error.feature !== undefined) metrics.profileRefusals.inc({ feature: error.feature });
      context.log.info(
        { route: 'authorize', error: error.code, reason: error.detail, feature: error.feature },
        'refused',
      );
      return answerWithError(request, context, target, error);
    }
  }

  async function proceed(
    request: Request,
    context: RequestContext,
    resolved: AuthorizationRequest,
    waiting: Interaction | undefined,
  ): Promise<Response> {
    const session = await findSession(request, context);
    const consent =
      session === undefined
        ? undefined
        : await consents.find(context.tenant.id, session.subject, resolved.client.id);
    const decision = decide({
      request: resolved,
      session,
      sub: session && (await publicSubjects.find(resolved.client, session.subject)),
      consent,
      interaction: waiting,
      now: context.now,
    });
    switch (decision.do) {
      case 'login':
      case 'consent': {
        const headers = new Headers();
        const interaction =
          waiting ?? (await interactions.begin(request, context, headers, purposeOf(resolved)));
        return seeOther(context, `${context.basePath}/${decision.do}?interaction=${interaction.id}`, headers);
      }
      case 'refuse':
        if (waiting !== undefined) await takeOrExpire(waiting, context);
        throw new OAuthError(decision.error, decision.description);
      case 'answer':
        if (waiting !== undefined) await takeOrExpire(waiting, context);
        return answerWithCode(
          request,
          context,
          resolved,
          await issueCode(context, resolved, decision.session),
        );
    }
  }

  /** One answer per interaction, however many tabs come back with it. */
  async function takeOrExpire(interaction: Interaction, context: RequestContext): Promise<void> {
    if (!(await interactions.take(interaction, context.now))) throw new PageError('interaction-expired');
  }

  async function issueCode(
    context: RequestContext,
    request: AuthorizationRequest,
    session: SessionRecord,
  ): Promise<string> {
    const { tenant, now } = context;
    const code = random.token(32);
    const grantId = random.token(16);
    const entry = audit.entry(context, {
      action: 'code.issued',
      actor: { kind: 'subject', id: session.subject },
      target: { kind: 'client', id: request.client.id },
      details: { grant_id: grantId, scope: request.scope.join(' '), session: session.id },
    });
    if (request.origin.use !== null) await requestObjects.spend(request.origin.use);
    const outcome = await codes.issue(
      {
        tenant: tenant.id,
        hash: hashSecret('authorization-code', code),
        clientId: request.client.id,
        subject: session.subject,
        sessionId: session.id,
        grantId,
        redirectUri: request.redirectUri,
        redirectUriSent: request.redirectUriSent,
        codeChallenge: request.codeChallenge?.challenge ?? null,
        nonce: request.nonce,
        scope: request.scope,
        resources: request.resources,
        authTime: session.authTime,
        acr: acrToTell(request.acr, session.acr),
        amr: session.amr,
        confirmation: null,
        claims: request.claims,
        consentHash: null,
        authTimeRequired: request.authTimeRequired,
        createdAt: now,
        expiresAt: now + lifetimes.codeSeconds,
      },
      request.origin.pushedRequest,
      now,
      { audit: [entry] },
    );
    switch (outcome) {
      case 'issued':
        return code;
      case 'spent':
        throw new OAuthError('invalid_request_uri', 'request_uri is unknown, expired or used');
      case 'inactive':
        throw new OAuthError('access_denied', 'the session or the account has ended');
    }
  }

  async function describe(context: RequestContext, interaction: Interaction): Promise<Described | undefined> {
    if (interaction.purpose.kind !== 'authorize') return undefined;
    const parameters = fromPairs(interaction.purpose.parameters);
    try {
      const client = await resolveClient(parameters, context, findClient);
      const target = resolveTarget(parameters, client, context);
      const { redirectUri, consentScope, resources, loginHint, uiLocales, display } = await resolveRequest(
        parameters,
        target,
        context,
        parts,
        interaction.purpose.origin,
      );
      return { client, redirectUri, scope: consentScope, resources, loginHint, uiLocales, display };
    } catch (error) {
      if (error instanceof OAuthError) return undefined;
      throw error;
    }
  }

  const common = { errors: 'page', cors: 'none' } as const;
  return {
    describe,
    routes: [
      {
        ...common,
        method: 'GET',
        path: '/oauth2/authorize',
        endpoint: begin,
        name: 'authorize',
        changesState: true,
      },
      { ...common, method: 'POST', path: '/oauth2/authorize', endpoint: begin, name: 'authorize' },
      {
        ...common,
        method: 'GET',
        path: '/oauth2/authorize/resume',
        endpoint: resume,
        name: 'authorize',
        changesState: true,
      },
    ],
  };
}

function purposeOf(request: AuthorizationRequest) {
  return {
    kind: 'authorize' as const,
    clientId: request.client.id,
    parameters: toPairs(request.parameters),
    origin: request.origin,
  };
}
