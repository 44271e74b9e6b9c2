/** max_age in seconds, else the client's default_max_age (OpenID Connect Core §3.1.2.1, Registration §2). */
import { parseNonNegativeInteger } from '@countersign/protocol';
import type { StepInput } from '../request.ts';

export function parseMaxAge({ parameters, client }: StepInput): number | undefined {
  const value = parameters.get('max_age');
  return value === undefined ? client.metadata.defaultMaxAge : parseNonNegativeInteger('max_age', value);
}
