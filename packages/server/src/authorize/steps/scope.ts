/**
 * What may be granted of the scope that was asked for. Unknown values are dropped and the granted scope is told;
 * `offline_access` wants prompt=consent, so that a person sees it, unless the client is first-party (OpenID Connect Core §11).
 */
import { parseScope, resolveScope } from '@countersign/protocol';
import type { Prompt, StepInput } from '../request.ts';

export function resolveRequestedScope(
  { parameters, client }: StepInput,
  prompt: ReadonlySet<Prompt>,
): readonly string[] {
  const requested = parameters.get('scope');
  const { grantTypes, firstParty, scope, defaultScope } = client.metadata;
  const offline = grantTypes.includes('refresh_token') && (firstParty || prompt.has('consent'));
  return resolveScope({
    requested: requested === undefined ? undefined : parseScope(requested),
    allowed: scope.filter((value) => value !== 'offline_access' || offline),
    defaults: defaultScope,
    onUnknown: 'drop',
  });
}
