import type { ChangeFeed, Store } from '../ports.ts';
import { accessTokenStore } from './access-tokens.ts';
import { auditStore } from './audit.ts';
import { clientStore } from './clients.ts';
import { codeStore } from './codes.ts';
import { consentStore } from './consents.ts';
import { deviceCodeStore } from './device-codes.ts';
import type { Engine } from './engine.ts';
import { groupStore } from './groups.ts';
import { initialAccessTokenStore } from './initial-access-tokens.ts';
import { logoutDeliveryStore } from './logout-deliveries.ts';
import { countedTables, countTable, noop, sweep } from './maintenance.ts';
import { oneTimeTokenStore } from './one-time-tokens.ts';
import { pairwiseSubjectStore } from './pairwise-subjects.ts';
import { pushedRequestStore } from './pushed-requests.ts';
import { refreshFamilyStore } from './refresh-families.ts';
import { revocationStore } from './revocations.ts';
import { sealedFieldStore } from './sealed-fields.ts';
import { selfRegistrationStore } from './self-registrations.ts';
import { sessionStore } from './sessions.ts';
import { signingKeyStore } from './signing-keys.ts';
import { subjectStore } from './subjects.ts';
import { tenantStore } from './tenants.ts';

/** What a driver brings beside its engine. */
interface DriverParts {
  readonly changes: ChangeFeed;
  readonly databaseTimeMs: Store['databaseTimeMs'];
  readonly close: () => Promise<void>;
}

/** The whole store over one engine. */
export function sqlStore(engine: Engine, driver: DriverParts): Store {
  const count = engine.bind(countTable);
  const answer = engine.bind(noop);
  return {
    tenants: tenantStore(engine),
    clients: { ...clientStore(engine), ...selfRegistrationStore(engine) },
    subjects: subjectStore(engine),
    pairwiseSubjects: pairwiseSubjectStore(engine),
    groups: groupStore(engine),
    sessions: sessionStore(engine),
    logoutDeliveries: logoutDeliveryStore(engine),
    consents: consentStore(engine),
    pushedRequests: pushedRequestStore(engine),
    codes: codeStore(engine),
    deviceCodes: deviceCodeStore(engine),
    refreshFamilies: refreshFamilyStore(engine),
    accessTokens: accessTokenStore(engine),
    revocations: revocationStore(engine),
    keys: signingKeyStore(engine),
    oneTimeTokens: oneTimeTokenStore(engine),
    initialAccessTokens: initialAccessTokenStore(engine),
    sealedFields: sealedFieldStore(engine),
    audit: auditStore(engine),
    changes: driver.changes,
    maintenance: {
      sweep: engine.bind(sweep),
      countRows: async () => {
        const rows: Record<string, number> = {};
        // One verb per table, so that other writes go on between them.
        for (const table of countedTables) rows[table] = await count(table);
        return rows;
      },
    },
    check: async () => {
      await engine.read((db) => db.selectFrom('schema').select('version').executeTakeFirstOrThrow());
      await answer();
    },
    databaseTimeMs: driver.databaseTimeMs,
    close: driver.close,
  };
}
