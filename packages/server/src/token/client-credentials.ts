/** RFC 6749 §4.4: a client asks for itself. Stateless: issuing writes nothing but a batched audit record. */
import { parseResource, parseScope, resolveResources, resolveScope } from '@countersign/protocol';
import type { AccessTokenStore } from '../storage/ports.ts';
import { audienceFor } from './audience.ts';
import type { Grant } from './grant.ts';

/** Scopes that speak of a person: without one there is nothing to say. */
const personal: readonly string[] = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

export function createClientCredentialsGrant(parts: { readonly accessTokens: AccessTokenStore }): Grant {
  return {
    type: 'client_credentials',
    stateful: false,
    async approve({ parameters, client, context }) {
      const requested = parameters.get('scope');
      const scope = resolveScope({
        requested: requested === undefined ? undefined : parseScope(requested),
        allowed: client.metadata.scope.filter((value) => !personal.includes(value)),
        defaults: client.metadata.defaultScope,
        onUnknown: 'refuse',
      });
      const resources = resolveResources({
        requested: parameters.all('resource').map(parseResource),
        allowed: client.metadata.audiences,
      });
      return {
        subject: client.subject,
        kind: 'svc',
        scope,
        audience: audienceFor(context.issuer, client, resources, scope),
        grantId: null,
        authentication: null,
        confirmation: null,
        claimsRequest: null,
        idToken: null,
        async commit({ accessToken, trail }) {
          if (accessToken !== null) await parts.accessTokens.create(accessToken, trail);
          return { refreshToken: null };
        },
      };
    },
  };
}
