import { type CompiledQuery, sql } from 'kysely';
import type { AuditChain } from '../../audit/record.ts';
import { StorageError } from '../error.ts';
import { compileOnce, runPrepared } from './compile-once.ts';
import type { WriteScope } from './engine.ts';
import { inChunks } from './insert-many.ts';

/** Where a chain stands. */
export interface Head {
  readonly tenant: string;
  readonly chain: string;
  /** -1 before record 0. */
  readonly sequence: number;
  readonly hash: string;
}

export interface Move {
  readonly from: Head;
  readonly to: Head;
}

/**
 * The heads of the process's own open chains, as far as its engine remembers them. Remembering is an optimisation
 * of the SQLite engine, whose one writer runs one transaction at a time and learns how each of them ended. An engine
 * whose process writes over several connections remembers nothing (`find` answers undefined): each transaction then
 * reads the heads that it moves under their row locks. Either way {@link moveHeads} refuses a head that is not what
 * the store has, so that a wrong memory costs a transaction and never a sequence.
 */
export interface ChainHeads {
  find(tenant: string): Head | undefined;
  /** In this transaction a chain of this tenant came to stand here; undefined when it ended. */
  put(tenant: string, head: Head | undefined): void;
}

/** Heads of the process's open chains by tenant; those that are not remembered are read, and locked in order. */
export async function findOwnHeads(
  scope: WriteScope,
  tenants: readonly string[],
): Promise<ReadonlyMap<string, Head>> {
  const heads = new Map<string, Head>();
  const unknown: string[] = [];
  for (const tenant of tenants) {
    const head = scope.heads.find(tenant);
    if (head === undefined) unknown.push(tenant);
    else heads.set(tenant, head);
  }
  for (const chunk of inChunks(unknown)) {
    for (const head of await readOwnHeads(scope, chunk)) heads.set(head.tenant, head);
  }
  return heads;
}

async function readOwnHeads(scope: WriteScope, tenants: readonly string[]): Promise<readonly Head[]> {
  const values: Readonly<Record<string, string>> = {
    process: scope.process,
    ...Object.fromEntries(tenants.map((tenant, index) => [`tenant${index}`, tenant])),
  };
  return await compileOnce(
    scope,
    `audit.heads ${tenants.length}`,
    values,
    (trx, { process = '', ...wanted }) =>
      trx
        .selectFrom('audit_chain')
        .select(['tenant', 'id as chain', 'head_sequence as sequence', 'head_hash as hash'])
        .where('process', '=', process)
        .where('tenant', 'in', Object.values(wanted))
        .where('state', '=', 'open')
        .orderBy('tenant')
        .forUpdate(),
  );
}

/** At most `limit` open chains of a process. */
export async function findOpenHeads(
  scope: WriteScope,
  process: string,
  limit: number,
): Promise<readonly Head[]> {
  return await scope.trx
    .selectFrom('audit_chain')
    .select(['tenant', 'id as chain', 'head_sequence as sequence', 'head_hash as hash'])
    .where('process', '=', process)
    .where('state', '=', 'open')
    .orderBy('tenant')
    .limit(limit)
    .forUpdate()
    .execute();
}

/**
 * Compare-and-swap of many heads of open chains, in few statements.
 * @throws {StorageError} `internal` when one of them does not stand at `from`; then the caller's transaction, or its
 * savepoint, has to be rolled back
 */
export async function moveHeads(
  scope: WriteScope,
  moves: readonly Move[],
  state: AuditChain['state'],
): Promise<void> {
  for (const chunk of inChunks(moves)) {
    const { numAffectedRows } = await runPrepared(
      scope,
      `audit.move ${state} ${chunk.length}`,
      () => compileMove(scope, chunk, state),
      chunk.flatMap(moveParameters),
    );
    if (numAffectedRows !== BigInt(chunk.length)) {
      throw new StorageError('internal', 'an audit chain moved under its writer');
    }
  }
  for (const { to } of moves) scope.heads.put(to.tenant, state === 'open' ? to : undefined);
}

function moveParameters({ from, to }: Move): readonly (string | number)[] {
  return [from.tenant, from.chain, from.sequence, to.sequence, to.hash];
}

function compileMove(scope: WriteScope, moves: readonly Move[], state: AuditChain['state']): CompiledQuery {
  const rows = moves.map((move) => {
    const [tenant, chain, before, sequence, hash] = moveParameters(move);
    return sql`(${tenant}, ${chain}, cast(${before} as bigint), cast(${sequence} as bigint), ${hash})`;
  });
  // An open chain stays open: not to name the state spares the index on it.
  const end = state === 'open' ? sql`` : sql`, state = ${sql.lit(state)}`;
  return sql`with moved (tenant, chain, before, sequence, hash) as (values ${sql.join(rows)})
    update audit_chain set head_sequence = moved.sequence, head_hash = moved.hash${end} from moved
    where audit_chain.tenant = moved.tenant and audit_chain.id = moved.chain
      and audit_chain.head_sequence = moved.before and audit_chain.state = 'open'`.compile(scope.trx);
}
