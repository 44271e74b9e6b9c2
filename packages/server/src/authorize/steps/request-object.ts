/** Request objects are not taken; a request_uri is one of ours from PAR (OpenID Connect Core §6, RFC 9126 §4). */
import { OAuthError } from '@countersign/protocol';
import type { StepInput } from '../request.ts';

export function refuseRequestObjects({ parameters, client }: StepInput): void {
  if (parameters.has('request')) {
    throw new OAuthError('request_not_supported', 'the request parameter is not supported');
  }
  if (parameters.has('request_uri')) {
    throw new OAuthError(
      'request_uri_not_supported',
      'only references from the pushed authorization request endpoint are taken',
    );
  }
  if (parameters.has('registration')) {
    throw new OAuthError('registration_not_supported', 'the registration parameter is not supported');
  }
  // Registered to sign what it asks: an unsigned request is not proven to be its own (RFC 9101 §10.5).
  if (client.metadata.requireSignedRequestObject) {
    throw new OAuthError(
      'invalid_request',
      'this client must sign its requests, which this server cannot check',
    );
  }
}
