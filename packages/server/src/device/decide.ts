/** Whether the person must sign in (again) before a device may be approved. Pure. */
import { type Interaction, isReachable, meetsAcr } from '../authorize/index.ts';
import type { ClientRecord, SessionRecord } from '../storage/ports.ts';

/**
 * A device cannot ask for a sign-in, so what the client is registered with decides: default_max_age, and
 * default_acr_values as far as a sign-in here reaches one of them (OpenID Connect Registration §2).
 */
export function needsSignIn(
  { metadata }: Pick<ClientRecord, 'metadata'>,
  session: SessionRecord,
  interaction: Pick<Interaction, 'signedIn'>,
  now: number,
): boolean {
  if (interaction.signedIn === session.id) return false;
  const { defaultMaxAge, defaultAcrValues } = metadata;
  if (defaultMaxAge !== undefined && session.authTime + defaultMaxAge < now) return true;
  if (defaultAcrValues.length === 0) return false;
  const wish = { wanted: defaultAcrValues, essential: false };
  return !meetsAcr(wish, session.acr) && isReachable(wish);
}
