/**
 * Verifies every audit chain of a tenant (`countersign audit verify`). Pure over an {@link AuditStore}; may run
 * beside writers: each chain is followed at least to the head that it had when the verification began.
 *
 * It proves that what is stored hangs together. It does not prove that the newest chain was not removed whole, or
 * that nobody with write access to everything computed all chains anew: compare a hash that was kept elsewhere.
 */
import { chainClosed, chainOpened, chainRecovered, hashRecord } from './chain.ts';
import type { AuditChain, AuditRecord, AuditStore } from './record.ts';

export type BreakKind =
  /** A record does not have the hash that its content gives. */
  | 'hash'
  /** A record does not continue the one before: a record was removed, added or moved. */
  | 'sequence'
  /** Record 0 is missing or is not the opening of this chain. */
  | 'opening'
  /** A chain that ended does not end with its closing or recovery record, or goes on after it. */
  | 'ending'
  /** The stored head is not the last record: the end of the chain was cut off or added to. */
  | 'head'
  /** The chain named as predecessor is not there, or has another hash at that place, or is named twice. */
  | 'predecessor';

export interface Break {
  readonly chain: string;
  readonly sequence: number;
  readonly kind: BreakKind;
}

/** The writer of this chain died: what it held in memory, at most its last batch of issuances, is lost. */
export interface Gap {
  readonly chain: string;
  readonly afterSequence: number;
}

export interface Verification {
  readonly chains: number;
  readonly records: number;
  readonly broken: readonly Break[];
  readonly gaps: readonly Gap[];
}

const pageSize = 1000;

export async function verifyAudit(store: AuditStore, tenant: string): Promise<Verification> {
  const chains = await store.listChains(tenant);
  const broken: Break[] = [];
  const gaps: Gap[] = [];
  const wanted = await collectPredecessors(store, chains, broken);
  let records = 0;
  for (const chain of chains) {
    const walk = new ChainWalk(chain, wanted, broken);
    for await (const record of recordsOf(store, chain)) walk.next(record);
    walk.end();
    records += walk.count;
    if (walk.gapAfter !== undefined) gaps.push({ chain: chain.id, afterSequence: walk.gapAfter });
  }
  for (const { by, chain, isFound } of wanted) {
    if (!isFound || !chains.some((known) => known.id === chain)) {
      broken.push({ chain: by, sequence: 0, kind: 'predecessor' });
    }
  }
  return { chains: chains.length, records, broken, gaps };
}

async function* recordsOf(store: AuditStore, chain: AuditChain): AsyncGenerator<AuditRecord> {
  let after = -1;
  for (;;) {
    const page = await store.listRecords(chain.tenant, chain.id, after, pageSize);
    yield* page;
    const last = page.at(-1);
    // A chain that is being written is followed to the head that it had, not after its writer.
    if (last === undefined || page.length < pageSize || last.sequence >= chain.headSequence) return;
    after = last.sequence;
  }
}

interface Wanted {
  readonly by: string;
  readonly chain: string;
  readonly sequence: number;
  readonly hash: string;
  isFound: boolean;
}

/** Every chain but the first names the one opened before it; together they are one line. */
async function collectPredecessors(
  store: AuditStore,
  chains: readonly AuditChain[],
  broken: Break[],
): Promise<readonly Wanted[]> {
  const wanted: Wanted[] = [];
  const named = new Set<string>();
  for (const [index, chain] of chains.entries()) {
    const [opening] = await store.listRecords(chain.tenant, chain.id, -1, 1);
    const details = opening?.details;
    const predecessor = details?.predecessor;
    if (typeof predecessor !== 'string') {
      if (index > 0) broken.push({ chain: chain.id, sequence: 0, kind: 'predecessor' });
      continue;
    }
    if (named.has(predecessor)) broken.push({ chain: chain.id, sequence: 0, kind: 'predecessor' });
    named.add(predecessor);
    wanted.push({
      by: chain.id,
      chain: predecessor,
      sequence: Number(details?.predecessorSequence),
      hash: String(details?.predecessorHash),
      isFound: false,
    });
  }
  return wanted;
}

class ChainWalk {
  count = 0;
  gapAfter: number | undefined;
  readonly #chain: AuditChain;
  readonly #wanted: readonly Wanted[];
  readonly #broken: Break[];
  #last: AuditRecord | undefined;
  #ended = false;
  #headFound = false;

  constructor(chain: AuditChain, wanted: readonly Wanted[], broken: Break[]) {
    this.#chain = chain;
    this.#wanted = wanted.filter((one) => one.chain === chain.id);
    this.#broken = broken;
  }

  next(record: AuditRecord): void {
    const sequence = this.#last === undefined ? 0 : this.#last.sequence + 1;
    const previousHash = this.#last?.hash ?? '';
    if (record.sequence !== sequence || record.previousHash !== previousHash)
      this.#report(record.sequence, 'sequence');
    if (hashRecord(record, { ...record, chain: this.#chain.id }) !== record.hash)
      this.#report(record.sequence, 'hash');
    const isOpening = record.action === chainOpened && record.target?.id === this.#chain.id;
    if ((sequence === 0) !== isOpening) this.#report(record.sequence, 'opening');
    if (this.#ended) this.#report(record.sequence, 'ending');
    this.#noteEnding(record);
    for (const one of this.#wanted) {
      if (one.sequence === record.sequence && one.hash === record.hash) one.isFound = true;
    }
    if (record.sequence === this.#chain.headSequence) this.#headFound = record.hash === this.#chain.headHash;
    this.#last = record;
    this.count += 1;
  }

  #noteEnding(record: AuditRecord): void {
    if (record.target?.id !== this.#chain.id) return;
    if (record.action === chainClosed) this.#ended = true;
    if (record.action !== chainRecovered) return;
    this.#ended = true;
    this.gapAfter = record.sequence - 1;
    if (record.details.foundAtSequence !== this.gapAfter) this.#report(record.sequence, 'sequence');
  }

  end(): void {
    const { state, headSequence } = this.#chain;
    if (this.#last === undefined) {
      this.#report(0, 'opening');
      return;
    }
    if (!this.#headFound) this.#report(headSequence, 'head');
    const { action, sequence } = this.#last;
    const isRightEnding =
      (state === 'closed' && action === chainClosed) ||
      (state === 'recovered' && action === chainRecovered) ||
      // An open chain may be ended while it is verified.
      state === 'open';
    if (!isRightEnding) this.#report(sequence, 'ending');
    if (state !== 'open' && sequence !== headSequence) this.#report(sequence, 'head');
  }

  #report(sequence: number, kind: BreakKind): void {
    this.#broken.push({ chain: this.#chain.id, sequence, kind });
  }
}
