/** Groups of people: the changes that may be made to them, each with its audit entry in the same transaction. */
import { base62Encode } from '@countersign/protocol';
import type { Random } from '../ports.ts';
import type { GroupRecord, GroupStore, Page, SubjectRecord, Trail } from '../storage/ports.ts';
import { auditChange, type Requester } from '../tenants/index.ts';
import { SubjectError } from './subject-error.ts';
import { usernameKey } from './username.ts';

/** Errors are SubjectError; StorageError passes through. */
export interface Groups {
  /** By name or id. @throws `unknown_group` */
  get(tenant: string, nameOrId: string): Promise<GroupRecord>;
  list(tenant: string, page: Page): Promise<readonly GroupRecord[]>;
  /** Ids of its members. */
  listMembers(group: GroupRecord, page: Page): Promise<readonly string[]>;
  listBySubject(subject: SubjectRecord): Promise<readonly GroupRecord[]>;
  /** @throws `invalid_group`, `duplicate_group` */
  create(requester: Requester, tenant: string, name: string): Promise<GroupRecord>;
  /** @throws `unknown_group` */
  remove(requester: Requester, group: GroupRecord): Promise<void>;
  /** False when the person was in it before. @throws `unknown_group`, `too_many_groups` */
  addMember(requester: Requester, group: GroupRecord, subject: SubjectRecord): Promise<boolean>;
  /** False when the person was not in it. */
  removeMember(requester: Requester, group: GroupRecord, subject: SubjectRecord): Promise<boolean>;
}

/** What is held in memory of one person, and read for a token, has an end. */
const maxGroupsOfOne = 1000;
const maxName = 128;

export function createGroups(parts: { readonly groups: GroupStore; readonly random: Random }): Groups {
  const { groups, random } = parts;

  function trail(
    requester: Requester,
    group: GroupRecord,
    action: string,
    details: Readonly<Record<string, string>> = {},
  ): Trail {
    const { tenant, id } = group;
    const target = { kind: 'group', id };
    return {
      audit: [auditChange(requester, { tenant, action, target, details })],
      events: [
        {
          id: random.token(16),
          tenant,
          type: action,
          at: requester.now,
          subject: details.subject ?? null,
          data: { group: id },
        },
      ],
    };
  }

  return {
    async get(tenant, nameOrId) {
      const group =
        (await groups.findByName(tenant, groupKey(nameOrId))) ?? (await groups.find(tenant, nameOrId));
      if (group === undefined) throw unknown(tenant);
      return group;
    },

    list: (tenant, page) => groups.list(tenant, page),
    listMembers: (group, page) => groups.listMembers(group.tenant, group.id, page),
    listBySubject: (subject) => groups.listBySubject(subject.tenant, subject.id),

    async create(requester, tenant, name) {
      const group: GroupRecord = {
        tenant,
        id: base62Encode(random.bytes(16), 22),
        name: parseGroupName(name),
        nameKey: groupKey(name),
        createdAt: requester.now,
      };
      if ((await groups.create(group, trail(requester, group, 'group.created'))) === 'duplicate') {
        throw new SubjectError('duplicate_group', `The tenant ${tenant} has a group of this name.`);
      }
      return group;
    },

    async remove(requester, group) {
      const removed = await groups.remove(group.tenant, group.id, trail(requester, group, 'group.removed'));
      if (!removed) throw unknown(group.tenant);
    },

    async addMember(requester, group, subject) {
      const membership = {
        tenant: group.tenant,
        group: group.id,
        subject: subject.id,
        createdAt: requester.now,
      };
      const entry = trail(requester, group, 'group.member-added', { subject: subject.id });
      const outcome = await groups.addMember(membership, maxGroupsOfOne, entry);
      if (outcome === 'unknown') throw unknown(group.tenant);
      if (outcome === 'full') {
        throw new SubjectError('too_many_groups', `A person is in at most ${maxGroupsOfOne} groups.`);
      }
      return outcome === 'added';
    },

    removeMember(requester, group, subject) {
      const entry = trail(requester, group, 'group.member-removed', { subject: subject.id });
      return groups.removeMember(group.tenant, group.id, subject.id, entry);
    },
  };
}

/** Two names that differ in case or in form alone are one: a client would take the one group for the other. */
function groupKey(name: string): string {
  return usernameKey(name);
}

function parseGroupName(name: string): string {
  const isText = name.length <= maxName && name.isWellFormed() && !/[\p{C}\p{Zl}\p{Zp}]/u.test(name);
  if (isText && name.trim() === name && name !== '') return name.normalize('NFC');
  throw new SubjectError(
    'invalid_group',
    `The name of a group is 1 to ${maxName} visible characters, without spaces at its ends.`,
  );
}

function unknown(tenant: string): SubjectError {
  return new SubjectError('unknown_group', `There is no such group in the tenant ${tenant}.`);
}
