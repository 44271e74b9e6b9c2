/**
 * By which `sub` a client knows a person: the subject id, or for `subject_type: pairwise` an identifier of its own sector
 * (OpenID Connect Core §8). Everything inside works on subject ids; whatever leaves for a client, and whatever a client
 * hands back, passes here.
 */
import { isPairwiseSubject, issuePairwiseSubject, OAuthError, sectorIdentifier } from '@countersign/protocol';
import type { Clock, Random } from '../ports.ts';
import type {
  ChangeFeed,
  ClientRecord,
  PairwiseSubjectRecord,
  PairwiseSubjectStore,
} from '../storage/ports.ts';
import { createRecordCache } from '../storage/record-cache.ts';

export interface PublicSubjects {
  /**
   * The `sub` of this person for this client; the identifier is made at the first call and stays. Parallel first calls, in
   * whatever process, answer the same.
   * @throws {OAuthError} `invalid_grant` when there is no such person any more
   */
  subFor(client: ClientRecord, subjectId: string): Promise<string>;
  /** The same, without making one: undefined when this client's sector has none for this person yet. */
  find(client: ClientRecord, subjectId: string): Promise<string | undefined>;
  /**
   * The subject id behind a `sub` that this client was told; undefined for one that it was not, another sector's included.
   * For `subject_type: public` it answers what it is given: whether there is such a subject is the caller's to ask.
   */
  resolve(client: ClientRecord, sub: string): Promise<string | undefined>;
  close(): void;
}

const cachedRecords = 10_000;

export function createPublicSubjects(parts: {
  readonly store: PairwiseSubjectStore;
  readonly changes: ChangeFeed;
  readonly random: Random;
  readonly clock: Clock;
}): PublicSubjects {
  const { store, changes, random, clock } = parts;
  const keyOf = (tenant: string, id: string): string => `${tenant} ${id}`;
  const cacheOf = <Value>(load: (tenant: string, id: string) => Promise<Value>) =>
    createRecordCache<Value>({
      changes,
      topics: ['pairwise'],
      limit: cachedRecords,
      load: (key) => {
        const space = key.indexOf(' ');
        return load(key.slice(0, space), key.slice(space + 1));
      },
      keyOf: (change) => keyOf(change.tenant, change.id),
      keep: (value) => value !== undefined,
    });
  /** `sub` by sector, of one person. */
  const bySubject = cacheOf<ReadonlyMap<string, string>>(async (tenant, subject) => {
    const records = await store.listBySubject(tenant, subject);
    return new Map(records.map(({ sector, sub }) => [sector, sub]));
  });
  const bySub = cacheOf<PairwiseSubjectRecord | undefined>(store.findBySub);

  async function find(client: ClientRecord, subjectId: string): Promise<string | undefined> {
    if (isKnownById(client, subjectId)) return subjectId;
    return (await bySubject.get(keyOf(client.tenant, subjectId))).get(sectorOf(client));
  }

  return {
    find,

    async subFor(client, subjectId) {
      const known = await find(client, subjectId);
      if (known !== undefined) return known;
      const sub = await store.settle({
        tenant: client.tenant,
        sector: sectorOf(client),
        subject: subjectId,
        sub: issuePairwiseSubject(random.bytes(32)),
        createdAt: clock.now(),
      });
      if (sub === undefined) throw new OAuthError('invalid_grant', 'the account has ended');
      return sub;
    },

    async resolve(client, sub) {
      if (isKnownById(client, sub)) return sub;
      if (!isPairwiseSubject(sub)) return undefined;
      const record = await bySub.get(keyOf(client.tenant, sub));
      return record?.sector === sectorOf(client) ? record.subject : undefined;
    },

    close() {
      for (const cache of [bySubject, bySub]) cache.close();
    },
  };
}

/** A client's own tokens name the client, which is no secret from itself. */
function isKnownById(client: ClientRecord, id: string): boolean {
  return client.metadata.subjectType === 'public' || id === client.subject;
}

function sectorOf({ metadata }: ClientRecord): string {
  const sector = sectorIdentifier(metadata);
  if (sector !== undefined) return sector;
  throw new OAuthError('server_error', 'the client is not configured', {
    detail: 'a client with pairwise subjects has no sector',
  });
}
