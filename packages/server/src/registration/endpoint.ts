/**
 * `/oauth2/register`: registration by the client itself (RFC 7591, OpenID Connect Registration), and with `client_id` in the query
 * the registration that it made (RFC 7592). No other origin may read an answer: a page could otherwise make every visitor register.
 */
import { OAuthError } from '@countersign/protocol';
import type { InitialAccessTokens, SelfRegistrations } from '../clients/index.ts';
import type { Endpoint, RequestContext, Route } from '../http/context.ts';
import { RateLimitError } from '../http/error-response.ts';
import { readJsonObject } from '../http/json.ts';
import type { ClientBrake, RegistrationBrake } from '../privacy/index.ts';
import type { ClientRecord } from '../storage/ports.ts';
import type { Requester } from '../tenants/index.ts';
import { findInitialToken, refusedInitialToken, requireOpenRegistration } from './admission.ts';
import { registrationAnswer } from './answer.ts';
import { findManaged, type Managed, refusedManagement } from './management.ts';
import { validateReplacement } from './replacement.ts';
import type { DescribeSelf } from './software-statement.ts';

export interface RegistrationParts {
  readonly registrations: SelfRegistrations;
  readonly initialTokens: Pick<InitialAccessTokens, 'findLive'>;
  readonly describeSelf: DescribeSelf;
  readonly findClient: (tenant: string, id: string) => Promise<ClientRecord | undefined>;
  readonly verifyClientSecret: (client: ClientRecord, presented: string, now: number) => Promise<boolean>;
  readonly brake: RegistrationBrake & Pick<ClientBrake, 'guardToken'>;
  readonly observer: {
    readonly registered: () => void;
    readonly refused: (reason: RefusalReason) => void;
    readonly removed: () => void;
  };
}

export type RefusalReason = 'off' | 'limited' | 'unauthorized' | 'full' | 'metadata' | 'other';

/** How long somebody should wait who found no room: until unused clients may have gone. */
const fullRetrySeconds = 3600;

export function createRegistrationRoutes(parts: RegistrationParts): readonly Route[] {
  const { registrations, describeSelf, brake, observer } = parts;

  const register: Endpoint = async (request, context) => {
    try {
      // 1. Whether at all, and how often from here.
      requireOpenRegistration(context);
      await brake.register(context);

      // 2. By whose leave. Nothing that was sent has been looked at yet.
      const initialToken = await findInitialToken(request, context, parts.initialTokens);

      // 3. What the client says of itself, and what others say of it.
      const members = await readJsonObject(request, 'invalid_client_metadata');
      const description = await describeSelf(context, members);

      // 4. The rules, and the gate: room and a use of the token, in one transaction with the client.
      const requester = requesterOf(context, { kind: 'anonymous', id: 'anonymous' });
      const done = await registrations.register(requester, context.tenant, description, initialToken);
      if (done.outcome !== 'registered') {
        throw done.outcome === 'full' ? new NoRoomError() : refusedInitialToken();
      }
      observer.registered();
      return registrationAnswer(context, done.client, done, 201);
    } catch (error) {
      observer.refused(reasonOf(error));
      throw error;
    }
  };

  const read: Endpoint = async (request, context) => {
    const { client, token } = await manage(request, context);
    return registrationAnswer(context, client, { token, secret: null }, 200);
  };

  const replace: Endpoint = async (request, context) => {
    const { client, token } = await manage(request, context);
    if (context.tenant.settings.dynamicRegistration === 'off') {
      throw new OAuthError('access_denied', 'clients do not change themselves here any more', {
        status: 403,
        feature: 'dynamic_registration',
      });
    }
    const members = await readJsonObject(request, 'invalid_client_metadata');
    await validateReplacement(members, client, (presented) =>
      parts.verifyClientSecret(client, presented, context.now),
    );
    const known = client.selfRegistration?.softwareStatement ?? null;
    const description = await describeSelf(context, members, known);
    const requester = requesterOf(context, { kind: 'client', id: client.id });
    const done = await registrations.replace(requester, context.tenant, client, description);
    if (done.outcome === 'gone') throw refusedManagement();
    return registrationAnswer(context, done.client, { token, secret: done.secret }, 200);
  };

  /** Also where registration is off: a client may always leave. */
  const remove: Endpoint = async (request, context) => {
    const { client } = await manage(request, context);
    const requester = requesterOf(context, { kind: 'client', id: client.id });
    if (!(await registrations.remove(requester, context.tenant.id, client.id))) throw refusedManagement();
    observer.removed();
    return new Response(null, { status: 204, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } });
  };

  function manage(request: Request, context: RequestContext): Promise<Managed> {
    return brake.guardToken(request, context, 'register', () =>
      findManaged(request, context, parts.findClient),
    );
  }

  const route = { path: '/oauth2/register', errors: 'oauth', cors: 'none', name: 'register' } as const;
  return [
    { ...route, method: 'POST', endpoint: register },
    { ...route, method: 'GET', endpoint: read },
    { ...route, method: 'PUT', endpoint: replace },
    { ...route, method: 'DELETE', endpoint: remove },
  ];
}

class NoRoomError extends RateLimitError {
  constructor() {
    super(fullRetrySeconds, 'there are as many clients that registered themselves as there may be');
  }
}

function requesterOf({ traceId, now }: RequestContext, actor: Requester['actor']): Requester {
  return { actor, traceId, now };
}

function reasonOf(error: unknown): RefusalReason {
  if (error instanceof NoRoomError) return 'full';
  if (!(error instanceof OAuthError)) return 'other';
  switch (error.code) {
    case 'rate_limited':
      return 'limited';
    case 'invalid_profile_usage':
      return 'off';
    case 'invalid_token':
      return 'unauthorized';
    case 'invalid_client_metadata':
    case 'invalid_redirect_uri':
    case 'invalid_software_statement':
    case 'unapproved_software_statement':
      return 'metadata';
    default:
      return 'other';
  }
}
