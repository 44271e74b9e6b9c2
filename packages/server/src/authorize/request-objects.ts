/** Authorization requests as signed JWTs, by value and by reference (RFC 9101, OpenID Connect Core §6). */
import { createHash } from 'node:crypto';
import {
  OAuthError,
  type Parameters,
  parseRequestObject,
  type RequestObject,
  requestObjectRules,
  verifyRequestObject,
} from '@countersign/protocol';
import { acceptedAlgorithms } from '../client-auth/index.ts';
import type { ClientKeys } from '../clients/index.ts';
import type { RequestContext } from '../http/context.ts';
import type { Outbound } from '../ports.ts';
import type { ClientRecord, EphemeralStore } from '../storage/ports.ts';
import { fetchRequestObject } from './fetch-request-object.ts';
import type { LoadedRequest, SingleUse } from './request.ts';
import { requireOutsideParameters } from './steps/outside-parameters.ts';
import { fromPairs, requestUriPrefix } from './steps/pushed-request.ts';

export interface RequestObjects {
  /**
   * The request in the object that these parameters carry or point to. Of the parameters beside it nothing is used (RFC 9101 §6.3).
   * @throws {OAuthError} `invalid_request_object`, `invalid_request_uri`, `request_uri_not_supported`, `invalid_request`
   * @throws {RateLimitError} when one address points to too many references
   */
  load(parameters: Parameters, client: ClientRecord, context: RequestContext): Promise<LoadedRequest>;
  /** The same of an object that was pushed. */
  read(text: string, client: ClientRecord, context: RequestContext): Promise<LoadedRequest>;
  /**
   * The gate before a code: of all callers, in every process, one passes.
   * @throws {OAuthError} `invalid_request_object` for the others
   */
  spend(use: SingleUse): Promise<void>;
}

export interface RequestObjectParts {
  readonly clientKeys: Pick<ClientKeys, 'verificationKeys'>;
  readonly outbound: Outbound;
  readonly ephemeral: Pick<EphemeralStore, 'putIfAbsent' | 'find'>;
  readonly skewSeconds: number;
  /** Charged for each reference that is followed. @throws {RateLimitError} */
  readonly brake: (context: RequestContext) => Promise<void>;
}

/** How long a `jti` is remembered whose object says no end, or one that is further away. */
const longestMemorySeconds = 86_400;

/** Whether these parameters carry a request object or point to one; a reference from PAR is none. */
export function carriesRequestObject(parameters: Parameters): boolean {
  const reference = parameters.get('request_uri');
  return parameters.has('request') || (reference !== undefined && !reference.startsWith(requestUriPrefix));
}

export function createRequestObjects(parts: RequestObjectParts): RequestObjects {
  const { clientKeys, outbound, ephemeral, skewSeconds, brake } = parts;

  async function verify(text: string, client: ClientRecord, context: RequestContext): Promise<RequestObject> {
    const { profile } = context.tenant;
    const object = parseRequestObject(text);
    await verifyRequestObject(object, {
      clientId: client.id,
      keys: await clientKeys.verificationKeys(client, object.jws.header),
      algorithms: acceptedAlgorithms(profile, client.metadata.requestObjectSigningAlg),
      issuer: context.issuer,
      rules: requestObjectRules[profile],
      now: context.now,
      skewSeconds,
    });
    return object;
  }

  async function requestIn(
    object: RequestObject,
    client: ClientRecord,
    context: RequestContext,
  ): Promise<LoadedRequest> {
    const use = useOf(object, client, context.now, skewSeconds);
    if (use !== null && (await ephemeral.find(use.key, context.now)) !== undefined) throw spent();
    // An object of OpenID Connect names its client outside alone, if it likes.
    const inside = object.parameters.filter(([name]) => name !== 'client_id');
    const parameters = fromPairs([['client_id', [client.id]], ...inside]);
    return { parameters, origin: { pushedRequest: null, isSigned: true, use } };
  }

  async function referred(
    parameters: Parameters,
    client: ClientRecord,
    context: RequestContext,
  ): Promise<string> {
    await brake(context);
    return fetchRequestObject(outbound, client, parameters.get('request_uri') ?? '');
  }

  return {
    async load(parameters, client, context) {
      const text = parameters.get('request') ?? (await referred(parameters, client, context));
      const object = await verify(text, client, context);
      requireOutsideParameters(parameters, object);
      return requestIn(object, client, context);
    },

    async read(text, client, context) {
      return requestIn(await verify(text, client, context), client, context);
    },

    async spend(use) {
      if (!(await ephemeral.putIfAbsent(use.key, use.rememberUntil))) throw spent();
    },
  };
}

function useOf(
  { jti, expiresAt }: RequestObject,
  client: ClientRecord,
  now: number,
  skewSeconds: number,
): SingleUse | null {
  if (jti === undefined) return null;
  const digest = createHash('sha256').update(jti).digest('base64url');
  const end = Math.min(expiresAt ?? Number.POSITIVE_INFINITY, now + longestMemorySeconds);
  return {
    key: `request-object:${client.tenant}:${client.subject}:${digest}`,
    // A time may have a fraction (RFC 7519 §2); the store keeps whole seconds.
    rememberUntil: Math.ceil(end) + skewSeconds + 1,
  };
}

function spent(): OAuthError {
  return new OAuthError('invalid_request_object', 'the request object was used before');
}
