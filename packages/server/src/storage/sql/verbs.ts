/** Every write verb by name: what the writer thread can be asked to run. */
import { accessTokenVerbs } from './access-tokens.ts';
import { auditVerbs } from './audit.ts';
import { clientVerbs } from './clients.ts';
import { codeVerbs } from './codes.ts';
import { consentVerbs } from './consents.ts';
import { deviceCodeVerbs } from './device-codes.ts';
import type { WriteScope, WriteVerb } from './engine.ts';
import { ephemeralVerbs } from './ephemeral.ts';
import { groupVerbs } from './groups.ts';
import { initialAccessTokenVerbs } from './initial-access-tokens.ts';
import { logoutDeliveryVerbs } from './logout-deliveries.ts';
import { maintenanceVerbs } from './maintenance.ts';
import { oneTimeTokenVerbs } from './one-time-tokens.ts';
import { pairwiseSubjectVerbs } from './pairwise-subjects.ts';
import { processVerbs } from './processes.ts';
import { pushedRequestVerbs } from './pushed-requests.ts';
import { refreshFamilyVerbs } from './refresh-families.ts';
import { revocationVerbs } from './revocations.ts';
import { sealedFieldVerbs } from './sealed-fields.ts';
import { selfRegistrationVerbs } from './self-registrations.ts';
import { sessionVerbs } from './sessions.ts';
import { signingKeyVerbs } from './signing-keys.ts';
import { subjectVerbs } from './subjects.ts';
import { tenantVerbs } from './tenants.ts';

type Run = (scope: WriteScope, args: readonly unknown[]) => Promise<unknown>;

/** In no order that matters. */
export const registeredVerbs: readonly { readonly name: string }[] = [
  ...accessTokenVerbs,
  ...auditVerbs,
  ...clientVerbs,
  ...codeVerbs,
  ...consentVerbs,
  ...deviceCodeVerbs,
  ...ephemeralVerbs,
  ...logoutDeliveryVerbs,
  ...initialAccessTokenVerbs,
  ...groupVerbs,
  ...maintenanceVerbs,
  ...oneTimeTokenVerbs,
  ...pairwiseSubjectVerbs,
  ...processVerbs,
  ...pushedRequestVerbs,
  ...refreshFamilyVerbs,
  ...revocationVerbs,
  ...selfRegistrationVerbs,
  ...sealedFieldVerbs,
  ...sessionVerbs,
  ...signingKeyVerbs,
  ...subjectVerbs,
  ...tenantVerbs,
];

/** The arguments come from `Engine.bind` of the same verb, which typed them. */
export const writeVerbs: ReadonlyMap<string, Run> = new Map(
  registeredVerbs.map((verb) => {
    const { name, run } = verb as unknown as WriteVerb<readonly unknown[], unknown>;
    return [name, (scope, args) => run(scope, ...args)];
  }),
);
