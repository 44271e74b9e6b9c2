import { verifyAudit } from '../../../audit/verify.ts';
import type { Step } from '../step.ts';

/** What the steps before must have left behind. */
const expected: readonly string[] = [
  'client.registered',
  'session.started',
  'session.refused',
  'consent.given',
  'code.issued',
  'code.reused',
  'token.issued',
  'token.revoked',
  'refresh.reused',
  'device.approved',
  'device.reused',
  'session.ended',
];

export const audit: Step = {
  name: 'Audit',
  async run({ instance, otherTenant }, check) {
    const { store } = instance;
    let [records, chains] = [0, 0];
    for (const tenant of ['default', otherTenant]) {
      const result = await verifyAudit(store.audit, tenant);
      const faults = result.broken.map(({ chain, sequence, kind }) => `${kind} at ${chain} ${sequence}`);
      check(`the chains of ${tenant} are intact`, faults.length === 0, faults.join(', '));
      records += result.records;
      chains += result.chains;
    }
    const written = new Set((await store.audit.listNewest('default', 1000)).map(({ action }) => action));
    const missing = expected.filter((action) => !written.has(action));
    check('what happened here is in the record', missing.length === 0, `without ${missing.join(', ')}`);
    return `${records} records in ${chains} chains are intact, ${expected.length} kinds of events are among them`;
  },
};
