/**
 * Client authentication (RFC 6749 §2.3, RFC 7523): which method the request uses, then that method and no other. Every
 * failure looks the same to the caller; the reason goes to the log and the metrics.
 */
import { OAuthError, type Parameters, parseBasicCredentials } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import type { ClientRecord } from '../storage/ports.ts';
import { type AssertionParts, authenticateByAssertion } from './assertion.ts';
import { clientAuthRules } from './methods.ts';
import { clientRefusal } from './refusal.ts';
import { authenticateBySecret, type SecretParts } from './secret.ts';

export interface ClientAuthenticator {
  /**
   * The client that sent this request. Public clients are identified, not authenticated: the caller decides whether
   * that is enough (`client.metadata.tokenEndpointAuthMethod` is `none`).
   * @param endpointUrl the exact URL of this endpoint, one of the audiences an assertion may name
   * @throws {OAuthError} `invalid_client` (401), `invalid_request` for two methods at once
   */
  authenticate(
    request: Request,
    context: RequestContext,
    parameters: Parameters,
    endpointUrl: string,
  ): Promise<ClientRecord>;
}

export type ClientAuthenticatorParts = AssertionParts &
  SecretParts & { readonly findClient: (tenant: string, id: string) => Promise<ClientRecord | undefined> };

/** What a request brought, resolved once. */
type Presented =
  | { readonly method: 'none'; readonly clientId: string }
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly method: 'private_key_jwt'; readonly assertion: string };

export function createClientAuthenticator(parts: ClientAuthenticatorParts): ClientAuthenticator {
  return {
    async authenticate(request, context, parameters, endpointUrl) {
      const presented = readPresented(request, parameters);
      const client = await authenticateBy(presented, context, parameters, endpointUrl);
      if (client.disabledAt !== 0) throw clientRefusal('client disabled');
      // A client that was registered before the tenant took this profile.
      if (!clientAuthRules[context.tenant.profile].methods.includes(presented.method)) {
        throw clientRefusal(`the profile takes no ${presented.method}`);
      }
      context.exchange.clientOrigins = client.metadata.allowedOrigins;
      return client;
    },
  };

  async function authenticateBy(
    presented: Presented,
    context: RequestContext,
    parameters: Parameters,
    endpointUrl: string,
  ): Promise<ClientRecord> {
    switch (presented.method) {
      case 'none': {
        const client = await parts.findClient(context.tenant.id, presented.clientId);
        if (client?.metadata.tokenEndpointAuthMethod !== 'none') throw clientRefusal('no credentials');
        return client;
      }
      case 'client_secret_basic':
      case 'client_secret_post': {
        const client = await parts.findClient(context.tenant.id, presented.clientId);
        return authenticateBySecret(parts, client, presented.method, presented.secret, context.now);
      }
      case 'private_key_jwt':
        return authenticateByAssertion(
          parts,
          context,
          presented.assertion,
          parameters.get('client_id'),
          endpointUrl,
        );
    }
  }
}

/** @throws {OAuthError} `invalid_request` when more than one method is used (RFC 6749 §2.3) */
function readPresented(request: Request, parameters: Parameters): Presented {
  const authorization = request.headers.get('authorization');
  const basic = authorization !== null && /^basic /i.test(authorization);
  const secret = parameters.get('client_secret');
  const assertion = parameters.get('client_assertion');
  const assertionType = parameters.get('client_assertion_type');
  if (Number(basic) + Number(secret !== undefined) + Number(assertion !== undefined) > 1) {
    throw new OAuthError('invalid_request', 'use one client authentication method, not several');
  }
  const clientId = parameters.get('client_id');
  if (basic) {
    const credentials = parseBasicCredentials(authorization);
    if (clientId !== undefined && clientId !== credentials.clientId) {
      throw new OAuthError('invalid_request', 'client_id differs from the client that authenticates');
    }
    return {
      method: 'client_secret_basic',
      clientId: credentials.clientId,
      secret: credentials.clientSecret,
    };
  }
  if (assertion !== undefined || assertionType !== undefined) {
    if (
      assertion === undefined ||
      assertionType !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    ) {
      throw new OAuthError(
        'invalid_request',
        'client_assertion and client_assertion_type jwt-bearer go together',
      );
    }
    return { method: 'private_key_jwt', assertion };
  }
  if (clientId === undefined) throw clientRefusal('no client_id and no credentials');
  return secret === undefined
    ? { method: 'none', clientId }
    : { method: 'client_secret_post', clientId, secret };
}
