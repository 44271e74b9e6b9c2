/** GET and POST /oauth2/userinfo (OpenID Connect Core §5.3): claims of the person an access token is about. */
import { type AccessTokenClaims, audienceList, OAuthError, type RequestedClaim } from '@countersign/protocol';
import { InsufficientScopeError, MissingTokenError } from './http/bearer-challenge.ts';
import { readBearerHeader } from './http/bearer-token.ts';
import type { Endpoint, Route } from './http/context.ts';
import { readForm } from './http/form.ts';
import type { SubjectRecord } from './storage/ports.ts';
import { claimsByName, claimsForScope, type MappedClaims } from './subjects/index.ts';
import type { AccessTokenVerifier } from './tokens/index.ts';
import type { UserinfoAnswer } from './userinfo-answer.ts';

export interface UserinfoParts {
  readonly verifier: AccessTokenVerifier;
  readonly findSubject: (tenant: string, id: string) => Promise<SubjectRecord | undefined>;
  readonly mappedClaims: MappedClaims;
  readonly answer: UserinfoAnswer;
}

export function createUserinfoRoutes(parts: UserinfoParts): readonly Route[] {
  const endpoint: Endpoint = async (request, context) => {
    const token = await readBearerToken(request);
    const live = await parts.verifier.verify(context.tenant, context.issuer, token, context.now);
    if (live === undefined)
      throw new OAuthError('invalid_token', 'the access token is unknown, expired or revoked');
    const { claims, client } = live;
    context.exchange.clientOrigins = client.metadata.allowedOrigins;
    if (!audienceList(claims.aud).includes(context.issuer)) {
      throw new OAuthError('invalid_token', 'the access token is meant for another resource');
    }
    const scope = (claims.scope ?? '').split(' ');
    if (!scope.includes('openid')) throw new InsufficientScopeError('openid');
    // A token bound to a key must come with a proof, which this server cannot check yet: fail closed.
    if (claims.cnf !== undefined)
      throw new OAuthError('invalid_token', 'a bound token needs a proof of possession');
    const subject = await parts.findSubject(context.tenant.id, live.subject);
    if (subject === undefined)
      throw new OAuthError('invalid_token', 'the access token is unknown, expired or revoked');
    const mapped = await parts.mappedClaims.find(client, live.subject, scope, ['userinfo']);
    return parts.answer(context, client, {
      ...mapped.userinfo,
      sub: claims.sub,
      ...claimsForScope(subject, scope),
      ...claimsByName(subject, askedByName(claims)),
    });
  };

  const common = {
    path: '/oauth2/userinfo',
    endpoint,
    errors: 'oauth',
    challenge: 'Bearer',
    cors: 'client-origins',
    name: 'userinfo',
  } as const;
  return [
    { ...common, method: 'GET' },
    { ...common, method: 'POST' },
  ];
}

/** What the `claims` parameter asked for, as the token carries it. */
function askedByName({ userinfo_claims: names }: AccessTokenClaims): readonly RequestedClaim[] {
  if (!Array.isArray(names)) return [];
  return names.map((name) => ({ name: String(name), essential: false }));
}

const formType = /^application\/x-www-form-urlencoded(?:\s*;|$)/i;

/**
 * The header, or on POST the form (RFC 6750 §2.1, §2.2); never the query, where it would be logged.
 * @throws {OAuthError} `invalid_request` for a token in the query, in two places or malformed; {@link MissingTokenError}
 */
async function readBearerToken(request: Request): Promise<string> {
  if (/[?&]access_token=/.test(request.url)) {
    throw new OAuthError(
      'invalid_request',
      'an access token does not belong into the query (RFC 9700 section 4.3.2)',
    );
  }
  const isForm = formType.test(request.headers.get('content-type') ?? '');
  const inForm =
    request.method === 'POST' && isForm ? (await readForm(request)).get('access_token') : undefined;
  if (inForm !== undefined && request.headers.has('authorization')) {
    throw new OAuthError('invalid_request', 'send the access token in one place, not two');
  }
  const token = inForm ?? readBearerHeader(request);
  if (token === undefined) throw new MissingTokenError();
  return token;
}
