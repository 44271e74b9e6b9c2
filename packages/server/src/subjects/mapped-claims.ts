/** Claims of a client's own, by the mappings it is registered with. */
import { type ClaimTarget, type MappedPerson, mapClaims } from '@countersign/protocol';
import type { ClientRecord, GroupStore, SubjectRecord } from '../storage/ports.ts';
import { claimsForScope } from './claims.ts';

type Claims = Readonly<Record<string, unknown>>;

export interface MappedClaims {
  /**
   * What this client is told in each of these places, for a grant of this scope about this subject. A client without mappings
   * costs nothing, and one without a filter of groups no look at them.
   * @throws {OAuthError} `server_error` when a claim would hold too many groups
   */
  find<Target extends ClaimTarget>(
    client: ClientRecord,
    subject: string,
    scope: readonly string[],
    targets: readonly Target[],
  ): Promise<Readonly<Record<Target, Claims>>>;
}

const everyScope = ['profile', 'email', 'phone', 'address'];

export function createMappedClaims(parts: {
  readonly findSubject: (tenant: string, id: string) => Promise<SubjectRecord | undefined>;
  readonly groups: Pick<GroupStore, 'listBySubject'>;
}): MappedClaims {
  const { findSubject, groups } = parts;

  async function personOf(client: ClientRecord, id: string): Promise<MappedPerson | undefined> {
    // A client's own token is about no person.
    const subject = id === client.subject ? undefined : await findSubject(client.tenant, id);
    if (subject === undefined) return undefined;
    const needsGroups = (client.metadata.claimMappings ?? []).some((mapping) => mapping.groups !== undefined);
    const records = needsGroups ? await groups.listBySubject(client.tenant, id) : [];
    return {
      attributes: { ...claimsForScope(subject, everyScope), ...subject.attributes },
      groups: records.map(({ name }) => name).sort(),
    };
  }

  return {
    async find(client, subject, scope, targets) {
      const mappings = client.metadata.claimMappings ?? [];
      const isMapped = mappings.length > 0;
      const person = isMapped ? await personOf(client, subject) : undefined;
      const found = targets.map((target) => [target, mapClaims(mappings, target, scope, person)] as const);
      return Object.fromEntries(found) as Readonly<Record<(typeof targets)[number], Claims>>;
    },
  };
}
