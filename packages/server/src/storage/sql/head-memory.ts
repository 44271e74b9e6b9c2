import type { ChainHeads, Head } from './audit-heads.ts';

/**
 * Heads of this process's open chains, for the one writer that moves them. It holds what is committed and nothing
 * else: what a transaction moves is kept apart until {@link commit}, and a transaction that does not certainly commit
 * empties the memory, because what it left is known to the database alone. Beyond its limit it forgets the heads
 * that were not moved for longest; a head that is not remembered is read again.
 */
export class HeadMemory implements ChainHeads {
  readonly #limit: number;
  readonly #committed = new Map<string, Head>();
  readonly #moved = new Map<string, Head>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  find(tenant: string): Head | undefined {
    return this.#moved.get(tenant) ?? this.#committed.get(tenant);
  }

  put(tenant: string, head: Head | undefined): void {
    if (head === undefined) this.forget(tenant);
    else this.#moved.set(tenant, head);
  }

  forget(tenant: string): void {
    this.#moved.delete(tenant);
    this.#committed.delete(tenant);
  }

  commit(): void {
    for (const [tenant, head] of this.#moved) {
      this.#committed.delete(tenant);
      this.#committed.set(tenant, head);
    }
    this.#moved.clear();
    for (const tenant of this.#committed.keys()) {
      if (this.#committed.size <= this.#limit) break;
      this.#committed.delete(tenant);
    }
  }

  clear(): void {
    this.#moved.clear();
    this.#committed.clear();
  }
}

/**
 * For verbs that move a head themselves: they read it in their transaction, and what was remembered of it is
 * forgotten, so that it does not matter whether their savepoint is kept.
 */
export function forgetful(memory: HeadMemory): ChainHeads {
  return {
    find: () => undefined,
    put: (tenant) => memory.forget(tenant),
  };
}
