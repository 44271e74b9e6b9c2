/**
 * What a logout request asks for, and how much of it is proven (OpenID Connect RP-Initiated Logout §2, §4). Nothing in it
 * is an error of the person: what cannot be proven counts as not sent, and nobody is redirected because of it.
 * `logout_hint` is not looked at: a browser has one session with a tenant, and that is the one meant.
 */
import { audienceList, OAuthError, type Parameters } from '@countersign/protocol';
import type { WaitingLogout } from '../authorize/index.ts';
import type { RequestContext } from '../http/context.ts';
import type { ClientRecord } from '../storage/ports.ts';
import type { IdTokenHints } from '../tokens/index.ts';

export interface LogoutRequest {
  /** Who asks: proven by an ID token of ours, else only named. undefined: nobody that could be believed. */
  readonly asker: { readonly client: ClientRecord; readonly isProven: boolean } | undefined;
  /** The sign-in that the ID token was issued in. */
  readonly hinted: { readonly subject: string; readonly sessionId: string } | undefined;
  /** Where to go afterwards: registered for the asker, character by character. */
  readonly redirectUri: string | undefined;
  /** An address to return to was sent, and could not be proven. */
  readonly isReturnRefused: boolean;
  readonly state: string | undefined;
  readonly uiLocales: readonly string[];
}

export interface LogoutRequestParts {
  readonly findClient: (tenant: string, id: string) => Promise<ClientRecord | undefined>;
  readonly hints: IdTokenHints;
  /** Whose the `sub` of a token is that this client was given; undefined when nobody's. */
  readonly resolveSubject: (client: ClientRecord, sub: string) => Promise<string | undefined>;
}

/** As at authorize: echoed intact or refused, never cut. */
const maxState = 4096;
const maxClientId = 256;
const maxLocales = 10;

/** @throws {OAuthError} `invalid_request` when `state` is longer than could be echoed */
export async function resolveLogoutRequest(
  parts: LogoutRequestParts,
  context: RequestContext,
  parameters: Parameters,
): Promise<LogoutRequest> {
  const state = parameters.get('state');
  if (state !== undefined && state.length > maxState) {
    throw new OAuthError('invalid_request', `state is longer than ${maxState} characters`);
  }
  const presented = parameters.get('post_logout_redirect_uri');
  const { asker, hinted } = await resolveAsker(parts, context, parameters);
  const redirectUri = registeredReturn(asker?.client, presented);
  return {
    asker,
    hinted,
    redirectUri,
    isReturnRefused: presented !== undefined && redirectUri === undefined,
    state,
    uiLocales: readUiLocales(parameters),
  };
}

/** What a waiting interaction keeps: no token, and no record that could change meanwhile. */
export function toWaiting(request: LogoutRequest): WaitingLogout {
  const { asker, hinted, redirectUri, isReturnRefused, state, uiLocales } = request;
  return {
    clientId: asker?.client.id ?? null,
    isProven: asker?.isProven ?? false,
    hinted: hinted ?? null,
    redirectUri: redirectUri ?? null,
    isReturnRefused,
    state: state ?? null,
    uiLocales,
  };
}

/** The reverse of {@link toWaiting}. What was registered when the request came may be registered no longer. */
export async function fromWaiting(
  parts: Pick<LogoutRequestParts, 'findClient'>,
  context: RequestContext,
  waiting: WaitingLogout,
): Promise<LogoutRequest> {
  const { clientId, isProven, hinted, isReturnRefused, state, uiLocales } = waiting;
  const client = clientId === null ? undefined : await findEnabled(parts, context, clientId);
  const redirectUri = registeredReturn(client, waiting.redirectUri ?? undefined);
  return {
    asker: client && { client, isProven },
    hinted: client && (hinted ?? undefined),
    redirectUri,
    isReturnRefused: isReturnRefused || (waiting.redirectUri !== null && redirectUri === undefined),
    state: state ?? undefined,
    uiLocales,
  };
}

/**
 * A hint that is not genuine, or that contradicts `client_id`, makes the whole request one of nobody: whoever changed the
 * one parameter may have changed the other.
 */
async function resolveAsker(
  parts: LogoutRequestParts,
  context: RequestContext,
  parameters: Parameters,
): Promise<Pick<LogoutRequest, 'asker' | 'hinted'>> {
  const nobody = { asker: undefined, hinted: undefined };
  const named = parameters.get('client_id');
  const hint = parameters.get('id_token_hint');
  if (hint === undefined) {
    const client = named === undefined ? undefined : await findEnabled(parts, context, named);
    return { asker: client && { client, isProven: false }, hinted: undefined };
  }
  const claims = await parts.hints.verify(context.tenant, context.issuer, hint, context.now);
  if (claims === undefined) return nobody;
  const [audience] = audienceList(claims.aud);
  if (audience === undefined || (named !== undefined && named !== audience)) return nobody;
  const client = await findEnabled(parts, context, audience);
  if (client === undefined) return nobody;
  const subject = await parts.resolveSubject(client, claims.sub);
  const { sid: sessionId } = claims;
  return {
    asker: { client, isProven: true },
    hinted: subject === undefined || sessionId === undefined ? undefined : { subject, sessionId },
  };
}

async function findEnabled(
  parts: Pick<LogoutRequestParts, 'findClient'>,
  context: RequestContext,
  id: string,
): Promise<ClientRecord | undefined> {
  const client = id.length > maxClientId ? undefined : await parts.findClient(context.tenant.id, id);
  return client?.disabledAt === 0 ? client : undefined;
}

/** Simple string comparison (OpenID Connect RP-Initiated Logout §3): no port, case or slash is overlooked. */
function registeredReturn(
  client: ClientRecord | undefined,
  presented: string | undefined,
): string | undefined {
  return client?.metadata.postLogoutRedirectUris.find((registered) => registered === presented);
}

/** A wish that never fails; what is too much is left out. */
function readUiLocales(parameters: Parameters): readonly string[] {
  const words = (parameters.get('ui_locales') ?? '').split(' ').filter((word) => word !== '');
  return words.slice(0, maxLocales);
}
