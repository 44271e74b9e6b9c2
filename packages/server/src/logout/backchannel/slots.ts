/**
 * Whose turn it is to be called: so many at once, few of them to one client, and never all of them to clients that do not
 * answer. One that hangs, or many, delay themselves and nobody else.
 */

export interface Recipient {
  readonly tenant: string;
  readonly clientId: string;
}

export interface Slots {
  /** undefined: not now. The answer is called once, when the call has ended. */
  admit(recipient: Recipient): ((end: 'answered' | 'silent') => void) | undefined;
  isFull(): boolean;
  /** Clients that would not be admitted now. */
  full(): readonly Recipient[];
}

export interface SlotLimits {
  readonly total: number;
  readonly perClient: number;
  /** For all clients together that gave no answer last time; each of them has one. */
  readonly silent: number;
}

const defaultLimits: SlotLimits = { total: 32, perClient: 2, silent: 16 };

/** Those forgotten first are counted as answering again, until they are called. */
const rememberedSilent = 100;

export function createSlots(limits: SlotLimits = defaultLimits): Slots {
  const underWay = new Map<string, { readonly recipient: Recipient; count: number }>();
  const silent = new Map<string, Recipient>();
  let total = 0;
  const keyOf = ({ tenant, clientId }: Recipient): string => `${tenant} ${clientId}`;

  const silentUnderWay = (): number =>
    underWay
      .values()
      .reduce((sum, { recipient, count }) => sum + (silent.has(keyOf(recipient)) ? count : 0), 0);

  function hasRoom(recipient: Recipient): boolean {
    const key = keyOf(recipient);
    const count = underWay.get(key)?.count ?? 0;
    if (total >= limits.total || count >= limits.perClient) return false;
    return !silent.has(key) || (count === 0 && silentUnderWay() < limits.silent);
  }

  function leave(key: string): void {
    total -= 1;
    const entry = underWay.get(key);
    if (entry === undefined) return;
    entry.count -= 1;
    if (entry.count === 0) underWay.delete(key);
  }

  function note(key: string, recipient: Recipient, end: 'answered' | 'silent'): void {
    silent.delete(key);
    if (end === 'answered') return;
    const oldest = silent.size < rememberedSilent ? undefined : silent.keys().next().value;
    if (oldest !== undefined) silent.delete(oldest);
    silent.set(key, recipient);
  }

  return {
    admit({ tenant, clientId }) {
      const recipient = { tenant, clientId };
      if (!hasRoom(recipient)) return undefined;
      const key = keyOf(recipient);
      total += 1;
      const entry = underWay.get(key) ?? { recipient, count: 0 };
      entry.count += 1;
      underWay.set(key, entry);
      return (end) => {
        leave(key);
        note(key, recipient, end);
      };
    },
    isFull: () => total >= limits.total,
    full() {
      const known = new Map([
        ...silent,
        ...[...underWay].map(([key, { recipient }]) => [key, recipient] as const),
      ]);
      return [...known.values()].filter((recipient) => !hasRoom(recipient));
    },
  };
}
