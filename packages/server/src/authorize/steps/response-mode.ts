/** response_mode is `query`: the only one offered (OAuth 2.0 Multiple Response Types §2.1). */
import { OAuthError } from '@countersign/protocol';
import type { StepInput } from '../request.ts';

export function validateResponseMode({ parameters }: StepInput): void {
  const mode = parameters.get('response_mode');
  if (mode !== undefined && mode !== 'query') {
    throw new OAuthError('invalid_request', 'response_mode must be query', { feature: 'response_mode' });
  }
}
