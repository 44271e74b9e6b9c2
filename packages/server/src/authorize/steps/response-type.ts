/** response_type is `code`, and the client is registered for it (RFC 6749 §3.1.1; implicit and hybrid are refused, RFC 9700 §2.1.2). */
import { OAuthError } from '@countersign/protocol';
import type { StepInput } from '../request.ts';

export function validateResponseType({ parameters, client }: StepInput): void {
  const type = parameters.get('response_type');
  if (type === undefined) {
    throw new OAuthError('invalid_request', 'response_type is missing', { feature: 'response_type' });
  }
  if (type !== 'code') {
    throw new OAuthError('unsupported_response_type', 'response_type must be code', {
      feature: 'response_type',
    });
  }
  if (!client.metadata.grantTypes.includes('authorization_code')) {
    throw new OAuthError('unauthorized_client', 'this client is not registered for authorization_code', {
      feature: 'grant_type',
    });
  }
}
