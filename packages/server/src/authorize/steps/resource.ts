/** resource indicators within what the client is registered for (RFC 8707 §2.1). */
import { parseResource, resolveResources } from '@countersign/protocol';
import type { StepInput } from '../request.ts';

export function resolveRequestedResources({ parameters, client }: StepInput): readonly string[] {
  return resolveResources({
    requested: parameters.all('resource').map(parseResource),
    allowed: client.metadata.audiences,
  });
}
