/** What is written with every change of a client: the audit entry, and the event for whoever follows clients. */
import type { Random } from '../ports.ts';
import type { Trail } from '../storage/ports.ts';
import { auditChange, type Requester } from '../tenants/index.ts';

export type Details = Readonly<Record<string, string | number | boolean>>;

export type ClientTrail = (
  requester: Requester,
  tenant: string,
  id: string,
  action: string,
  details: Details,
) => Trail;

export function createClientTrail(random: Random): ClientTrail {
  return (requester, tenant, id, action, details) => ({
    audit: [auditChange(requester, { tenant, action, target: { kind: 'client', id }, details })],
    events: [
      {
        id: random.token(16),
        tenant,
        type: action,
        at: requester.now,
        subject: null,
        data: { ...details, client: id },
      },
    ],
  });
}
