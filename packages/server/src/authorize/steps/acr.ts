/**
 * Which authentication context class is asked for: by an `acr` claim request, which alone can be essential, else by
 * acr_values, else by the client's default_acr_values (OpenID Connect Core §5.5.1.1, §3.1.2.1, Registration §2).
 */
import {
  admitsValue,
  type ClaimsRequest,
  findRequestedClaim,
  type RequestedClaim,
} from '@countersign/protocol';
import type { AcrDemand } from '../levels.ts';
import type { StepInput } from '../request.ts';

/** acr_values is a wish: beyond so many it is cut, not refused. */
const maxValues = 20;

export function resolveAcr(
  { parameters, client }: StepInput,
  claims: ClaimsRequest | null,
): AcrDemand | null {
  const claim = findRequestedClaim(claims?.idToken ?? [], 'acr');
  const claimed = claim === undefined ? undefined : demandOf(claim);
  if (claimed !== undefined) return claimed;
  const listed = (parameters.get('acr_values') ?? '').split(' ').filter((value) => value !== '');
  const wanted = listed.length > 0 ? listed.slice(0, maxValues) : client.metadata.defaultAcrValues;
  return wanted.length === 0 ? null : { wanted, essential: false };
}

/** A request for the claim that names no value asks only to be told. */
function demandOf(claim: RequestedClaim): AcrDemand | undefined {
  const { value, values, essential } = claim;
  if (value === undefined && values === undefined) return undefined;
  const named = (values ?? [value]).filter((one) => typeof one === 'string');
  return { wanted: named.filter((one) => admitsValue(claim, one)), essential };
}
