/** What a client is registered to sign is served signed alone (RFC 9101 §10.5); no client registers by the way (OpenID Connect Core §3.1.2.6). */
import { OAuthError } from '@countersign/protocol';
import type { RequestOrigin, StepInput } from '../request.ts';

export function requireSignedRequest({ client }: StepInput, origin: RequestOrigin): void {
  const wasAsked = origin.pushedRequest !== null;
  if (client.metadata.requireSignedRequestObject && !origin.isSigned && !wasAsked) {
    throw new OAuthError('invalid_request', 'this client must send its requests as signed request objects');
  }
}

export function refuseRegistration({ parameters }: StepInput): void {
  if (parameters.has('registration')) {
    throw new OAuthError('registration_not_supported', 'the registration parameter is not supported');
  }
}
