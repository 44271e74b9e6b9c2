import type { AuditRecord } from '../audit/record.ts';
import { type Verification, verifyAudit as verifyChains } from '../audit/verify.ts';
import type { TenantRecord } from '../storage/index.ts';
import type { Tenants } from '../tenants/index.ts';
import { type CommonOptions, present, type TenantOption } from './command.ts';
import { CommandError } from './command-error.ts';
import { withInstance } from './instance.ts';
import { counted, formatTime, table } from './table.ts';
import { paint, printable, type Terminal } from './terminal.ts';

interface TenantVerification extends Verification {
  readonly tenant: string;
}

const pageSize = 500;

/** Exit code 1 when a chain is broken. A gap is named and is no failure: the writer died and the store says where. */
export async function verifyAudit(
  terminal: Terminal,
  options: CommonOptions & { tenant?: string },
): Promise<void> {
  await withInstance(terminal, options, async ({ tenants, store }) => {
    const results: TenantVerification[] = [];
    for await (const tenant of wantedTenants(tenants, options.tenant)) {
      results.push({ tenant: tenant.id, ...(await verifyChains(store.audit, tenant.id)) });
    }
    const broken = results.flatMap((result) =>
      result.broken.map((one) => ({ tenant: result.tenant, ...one })),
    );
    const gaps = results.flatMap((result) => result.gaps.map((one) => ({ tenant: result.tenant, ...one })));
    const sum = (count: (result: Verification) => number): number =>
      results.reduce((total, result) => total + count(result), 0);
    const chains = sum((result) => result.chains);
    const records = sum((result) => result.records);
    present(
      terminal,
      options,
      { valid: broken.length === 0, tenants: results.length, chains, records, broken, gaps },
      () => [
        broken.length === 0
          ? `${paint(terminal, 'ok', 'Intact')}: ${counted(records, 'record')} in ${counted(chains, 'chain')} of ${counted(results.length, 'tenant')}.`
          : `${paint(terminal, 'bad', 'Broken')}: ${counted(broken.length, 'fault')} in ${counted(chains, 'chain')} of ${counted(results.length, 'tenant')}.`,
        ...(broken.length === 0
          ? []
          : table(
              ['TENANT', 'CHAIN', 'RECORD', 'FAULT'],
              broken.map((one) => [one.tenant, one.chain, String(one.sequence), one.kind]),
            )),
        ...gaps.map(
          (gap) =>
            `  Gap: the writer of chain ${gap.chain} (${gap.tenant}) died after record ${gap.afterSequence}; at most its last 20 ms of token issuances are missing.`,
        ),
      ],
    );
    if (broken.length > 0) {
      throw new CommandError(
        'audit_broken',
        'The audit record was altered or damaged at the places above.',
        'Keep a copy of the data directory as it is, and compare with a backup.',
      );
    }
  });
}

export async function listAudit(
  terminal: Terminal,
  options: CommonOptions & TenantOption & { limit: number },
): Promise<void> {
  await withInstance(terminal, options, async ({ tenants, store }) => {
    const tenant = await tenants.get(options.tenant);
    const records = await store.audit.listNewest(tenant.id, options.limit);
    present(terminal, options, { records: records.map(toJson) }, () => [
      `The newest ${counted(records.length, 'record')} of the tenant ${tenant.id}.`,
      ...table(
        ['TIME', 'ACTION', 'ACTOR', 'TARGET', 'OUTCOME'],
        records.map((record) => row(terminal, record)),
      ),
    ]);
  });
}

async function* wantedTenants(tenants: Tenants, only: string | undefined): AsyncGenerator<TenantRecord> {
  if (only !== undefined) {
    yield await tenants.get(only);
    return;
  }
  for (let after: string | undefined; ; ) {
    const page = await tenants.list({ limit: pageSize, ...(after !== undefined && { after }) });
    yield* page;
    after = page.at(-1)?.id;
    if (page.length < pageSize) return;
  }
}

/** Personal values stay sealed: this list is for what happened, not for whom it concerns. */
function toJson(record: AuditRecord): Record<string, unknown> {
  return {
    at: record.at,
    action: record.action,
    actor: record.actor,
    target: record.target,
    outcome: record.outcome,
    reason: record.reason,
    trace_id: record.traceId,
    details: record.details,
    personal: record.personal === null ? null : { subject: record.personal.subject, sealed: true },
    chain: record.chain,
    sequence: record.sequence,
    hash: record.hash,
  };
}

function row(terminal: Terminal, record: AuditRecord): readonly string[] {
  const outcome =
    record.outcome === 'ok'
      ? record.outcome
      : paint(terminal, 'bad', `${record.outcome} ${record.reason ?? ''}`.trim());
  const target = record.target === null ? '-' : `${record.target.kind} ${record.target.id}`;
  return [
    formatTime(record.at),
    record.action,
    printable(`${record.actor.kind} ${record.actor.id}`),
    printable(target),
    outcome,
  ];
}
