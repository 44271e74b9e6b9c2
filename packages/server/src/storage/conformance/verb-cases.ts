/**
 * Every verb and query of the store that names a tenant, aimed at the records of {@link seedAll}'s tenant `a`.
 * Called for another tenant each must answer `refusal` and change nothing of `a`.
 */
import type { Store, Trail } from '../ports.ts';
import * as make from './fixtures.ts';

export interface VerbCase {
  /** `aggregate.verb` as in `ports.ts`. */
  readonly name: string;
  readonly call: (store: Store, tenant: string, trail: Trail) => Promise<unknown>;
  /** What a tenant without these records hears. */
  readonly refusal: unknown;
  /** Whether the verb writes the trail when it succeeds. */
  readonly writesTrail?: boolean;
}

const { hashed, now } = make;
const span = now + 300;
const owed = (sessionId: string) => ({ sessionId, clientId: 'web' });

const queries: readonly VerbCase[] = [
  { name: 'clients.find', call: (store, t) => store.clients.find(t, 'web'), refusal: undefined },
  { name: 'clients.list', call: (store, t) => store.clients.list(t, { limit: 10 }), refusal: [] },
  { name: 'subjects.find', call: (store, t) => store.subjects.find(t, 'USR-ada'), refusal: undefined },
  {
    name: 'subjects.findByUsername',
    call: (store, t) => store.subjects.findByUsername(t, 'name of usr-ada'),
    refusal: undefined,
  },
  {
    name: 'subjects.list',
    call: (store, t) => store.subjects.list(t, make.subject(t).kind, { limit: 10 }),
    refusal: [],
  },
  { name: 'subjects.listGrants', call: (store, t) => store.subjects.listGrants(t, 'USR-ada'), refusal: [] },
  { name: 'subjects.hasHolder', call: (store, t) => store.subjects.hasHolder(t, 'admin'), refusal: false },
  {
    name: 'pairwiseSubjects.listBySubject',
    call: (store, t) => store.pairwiseSubjects.listBySubject(t, 'USR-ada'),
    refusal: [],
  },
  {
    name: 'pairwiseSubjects.findBySub',
    call: (store, t) => store.pairwiseSubjects.findBySub(t, 'pairwise of app.example'),
    refusal: undefined,
  },
  { name: 'groups.find', call: (store, t) => store.groups.find(t, 'staff'), refusal: undefined },
  {
    name: 'groups.findByName',
    call: (store, t) => store.groups.findByName(t, 'group staff'),
    refusal: undefined,
  },
  { name: 'groups.list', call: (store, t) => store.groups.list(t, { limit: 10 }), refusal: [] },
  {
    name: 'groups.listMembers',
    call: (store, t) => store.groups.listMembers(t, 'staff', { limit: 10 }),
    refusal: [],
  },
  {
    name: 'groups.listBySubject',
    call: (store, t) => store.groups.listBySubject(t, 'USR-ada'),
    refusal: [],
  },
  {
    name: 'sessions.findLive',
    call: (store, t) => store.sessions.findLive(t, hashed('cookie-sid'), now),
    refusal: undefined,
  },
  {
    name: 'sessions.findLiveById',
    call: (store, t) => store.sessions.findLiveById(t, 'sid', now),
    refusal: undefined,
  },
  {
    name: 'sessions.listClients',
    call: (store, t) => store.sessions.listClients(t, 'sid', now, 10),
    refusal: [],
  },
  {
    name: 'logoutDeliveries.find',
    call: (store, t) => store.logoutDeliveries.find(t, owed('gone')),
    refusal: undefined,
  },
  {
    name: 'logoutDeliveries.list',
    call: (store, t) => store.logoutDeliveries.list(t, { limit: 10 }),
    refusal: [],
  },
  { name: 'sessions.listLive', call: (store, t) => store.sessions.listLive(t, 'USR-ada', now), refusal: [] },
  { name: 'consents.find', call: (store, t) => store.consents.find(t, 'USR-ada', 'web'), refusal: undefined },
  {
    name: 'consents.listBySubject',
    call: (store, t) => store.consents.listBySubject(t, 'USR-ada'),
    refusal: [],
  },
  {
    name: 'pushedRequests.find',
    call: (store, t) => store.pushedRequests.find(t, hashed('par'), now),
    refusal: undefined,
  },
  { name: 'codes.find', call: (store, t) => store.codes.find(t, hashed('code'), now), refusal: undefined },
  {
    name: 'deviceCodes.findByUserCode',
    call: (store, t) => store.deviceCodes.findByUserCode(t, hashed('user-code-device'), now),
    refusal: undefined,
  },
  {
    name: 'refreshFamilies.find',
    call: (store, t) => store.refreshFamilies.find(t, 'grant-first'),
    refusal: undefined,
  },
  {
    name: 'refreshFamilies.listLiveBySubject',
    call: (store, t) => store.refreshFamilies.listLiveBySubject(t, 'USR-ada', now),
    refusal: [],
  },
  {
    name: 'accessTokens.find',
    call: (store, t) => store.accessTokens.find(t, hashed('token'), now),
    refusal: undefined,
  },
  { name: 'keys.list', call: (store, t) => store.keys.list(t), refusal: [] },
  {
    name: 'initialAccessTokens.list',
    call: (store, t) => store.initialAccessTokens.list(t, now),
    refusal: [],
  },
  {
    name: 'initialAccessTokens.findLive',
    call: (store, t) => store.initialAccessTokens.findLive(t, hashed('secret-initial'), now),
    refusal: undefined,
  },
  {
    name: 'oneTimeTokens.isLive',
    call: (store, t) => store.oneTimeTokens.isLive(t, 'setup', hashed('link'), now),
    refusal: false,
  },
  { name: 'audit.listChains', call: (store, t) => store.audit.listChains(t), refusal: [] },
  {
    name: 'audit.listRecords',
    call: async (store, t) => {
      const [chain] = await store.audit.listChains('a');
      return await store.audit.listRecords(t, chain?.id ?? '', -1, 10);
    },
    refusal: [],
  },
  { name: 'audit.listNewest', call: (store, t) => store.audit.listNewest(t, 10), refusal: [] },
];

const writes: readonly VerbCase[] = [
  {
    name: 'clients.replace',
    call: (store, t, trail) => store.clients.replace(make.client(t, 'web', { disabledAt: now }), 1, trail),
    refusal: 'stale',
  },
  {
    name: 'clients.addSecret',
    call: (store, t, trail) =>
      store.clients.addSecret(
        t,
        'web',
        { id: 's2', hash: hashed('x'), createdAt: now, expiresAt: 0 },
        now,
        trail,
      ),
    refusal: 'unknown',
  },
  {
    name: 'clients.expireSecret',
    call: (store, t, trail) => store.clients.expireSecret(t, 'web', 's1', now, trail),
    refusal: false,
  },
  {
    name: 'clients.remove',
    call: (store, t, trail) => store.clients.remove(t, 'web', make.revocation(t, 'client', 'web'), trail),
    refusal: false,
  },
  {
    name: 'clients.register',
    call: (store, t, trail) =>
      store.clients.register(make.dynamicClient(t, 'self2'), make.admission('secret-initial'), trail),
    refusal: 'refused',
  },
  {
    name: 'clients.reregister',
    call: (store, t, trail) => store.clients.reregister(make.dynamicClient(t), 1, 'replace', trail),
    refusal: 'stale',
  },
  {
    name: 'clients.noteUse',
    call: (store, t) => store.clients.noteUse(t, 'self', now, now + 999),
    refusal: false,
    writesTrail: false,
  },
  {
    name: 'clients.defer',
    call: (store, t) => store.clients.defer(t, 'self', now + 86_400, now + 99_999),
    refusal: false,
    writesTrail: false,
  },
  {
    name: 'clients.removeUnused',
    call: (store, t, trail) =>
      store.clients.removeUnused(t, 'self', 0, make.revocation(t, 'client', 'self'), trail),
    refusal: false,
  },
  {
    name: 'initialAccessTokens.create',
    call: (store, t, trail) => store.initialAccessTokens.create(make.initialAccessToken(t, 'second'), trail),
    refusal: undefined,
  },
  {
    name: 'initialAccessTokens.revoke',
    call: (store, t, trail) => store.initialAccessTokens.revoke(t, 'initial', trail),
    refusal: false,
  },
  {
    name: 'subjects.replace',
    call: (store, t, trail) => store.subjects.replace(make.subject(t, 'USR-ada', { email: null }), 1, trail),
    refusal: 'stale',
  },
  {
    name: 'subjects.replacePassword',
    call: (store, t, trail) =>
      store.subjects.replacePassword(
        t,
        'USR-ada',
        hashed('$argon2id$1'),
        hashed('$argon2id$2'),
        false,
        now,
        trail,
      ),
    refusal: false,
  },
  {
    name: 'subjects.disable',
    call: (store, t, trail) =>
      store.subjects.disable(t, 'USR-ada', make.revocation(t, 'subject', 'USR-ada'), trail),
    refusal: false,
  },
  {
    name: 'subjects.enable',
    call: (store, t, trail) => store.subjects.enable(t, 'USR-ada', now, trail),
    refusal: false,
  },
  {
    name: 'subjects.remove',
    call: (store, t, trail) =>
      store.subjects.remove(t, 'USR-ada', make.revocation(t, 'subject', 'USR-ada'), trail),
    refusal: false,
  },
  {
    name: 'pairwiseSubjects.settle',
    call: (store, t) => store.pairwiseSubjects.settle(make.pairwiseSubject(t, 'other.example')),
    refusal: undefined,
    writesTrail: false,
  },
  {
    name: 'groups.remove',
    call: (store, t, trail) => store.groups.remove(t, 'staff', trail),
    refusal: false,
  },
  {
    name: 'groups.addMember',
    call: (store, t, trail) => store.groups.addMember(make.membership(t, 'guests'), 10, trail),
    refusal: 'unknown',
  },
  {
    name: 'groups.removeMember',
    call: (store, t, trail) => store.groups.removeMember(t, 'staff', 'USR-ada', trail),
    refusal: false,
  },
  {
    name: 'sessions.create',
    call: (store, t, trail) => store.sessions.create(make.session(t, 'sid2'), trail),
    refusal: 'inactive',
  },
  {
    name: 'sessions.reauthenticate',
    call: (store, t, trail) =>
      store.sessions.reauthenticate(
        t,
        'sid',
        {
          tokenHash: hashed('new'),
          authTime: now,
          acr: '2',
          amr: ['hwk'],
          lastSeenAt: now,
          idleExpiresAt: now + 2000,
        },
        trail,
      ),
    refusal: false,
  },
  {
    name: 'sessions.touch',
    call: (store, t) => store.sessions.touch(t, 'sid', now + 5, now + 3000),
    refusal: undefined,
    writesTrail: false,
  },
  {
    name: 'sessions.end',
    call: (store, t, trail) => store.sessions.end(t, 'sid', now, make.revocation(t, 'session', 'sid'), trail),
    refusal: false,
  },
  {
    name: 'sessions.endAll',
    call: (store, t, trail) => store.sessions.endAll(t, 'USR-ada', null, now, span, trail),
    refusal: 0,
  },
  {
    name: 'logoutDeliveries.claim',
    call: (store, t) => store.logoutDeliveries.claim(t, owed('gone'), now, make.lease),
    refusal: false,
    writesTrail: false,
  },
  {
    name: 'logoutDeliveries.finish',
    call: (store, t) => store.logoutDeliveries.finish(t, owed('sending'), make.lease),
    refusal: false,
    writesTrail: false,
  },
  {
    name: 'logoutDeliveries.postpone',
    call: (store, t) =>
      store.logoutDeliveries.postpone(t, owed('sending'), make.lease, { dueAt: now + 5, reason: 'timeout' }),
    refusal: false,
    writesTrail: false,
  },
  {
    name: 'logoutDeliveries.bury',
    call: (store, t, trail) =>
      store.logoutDeliveries.bury(
        t,
        owed('sending'),
        make.lease,
        { reason: 'timeout', expiresAt: now + 900 },
        trail,
      ),
    refusal: false,
  },
  {
    name: 'logoutDeliveries.retry',
    call: (store, t, trail) => store.logoutDeliveries.retry(t, owed('gone'), now + 1, trail),
    refusal: false,
  },
  {
    name: 'logoutDeliveries.drop',
    call: (store, t, trail) => store.logoutDeliveries.drop(t, owed('gone'), trail),
    refusal: false,
  },
  {
    name: 'consents.remember',
    call: (store, t, trail) => store.consents.remember(make.consent(t, { scope: ['email'] }), trail),
    refusal: undefined,
  },
  {
    name: 'consents.revoke',
    call: (store, t, trail) => store.consents.revoke(t, 'USR-ada', 'web', now, span, trail),
    refusal: false,
  },
  {
    name: 'pushedRequests.create',
    call: (store, t) => store.pushedRequests.create(make.pushedRequest(t, 'par2')),
    refusal: undefined,
    writesTrail: false,
  },
  {
    name: 'codes.issue',
    call: (store, t, trail) => store.codes.issue(make.code(t, 'code2'), hashed('par'), now, trail),
    refusal: 'inactive',
  },
  {
    name: 'codes.chargeAttempt',
    call: (store, t, trail) => store.codes.chargeAttempt(t, hashed('code'), 3, trail),
    refusal: 'spent',
  },
  {
    name: 'codes.take',
    call: (store, t, trail) =>
      store.codes.take(
        t,
        hashed('code'),
        now,
        { family: make.family(t), accessToken: make.accessToken(t, 'token2'), trail },
        make.reuse(t, 'grant-code'),
      ),
    refusal: 'unknown',
  },
  {
    name: 'deviceCodes.approve',
    call: (store, t, trail) => store.deviceCodes.approve(t, hashed('device'), make.deviceApproval(), trail),
    refusal: 'ended',
  },
  {
    name: 'deviceCodes.deny',
    call: (store, t, trail) => store.deviceCodes.deny(t, hashed('device'), now, trail),
    refusal: false,
  },
  {
    name: 'deviceCodes.poll',
    call: (store, t) => store.deviceCodes.poll(t, hashed('device'), 'web', now, 5),
    refusal: { outcome: 'unknown' },
    writesTrail: false,
  },
  {
    name: 'deviceCodes.take',
    call: (store, t, trail) =>
      store.deviceCodes.take(
        t,
        hashed('device-approved'),
        now,
        {
          family: make.family(t, 'grant-device-approved'),
          accessToken: make.accessToken(t, 'token5', { grantId: 'grant-device-approved' }),
          trail,
        },
        make.reuse(t, 'grant-device-approved'),
      ),
    refusal: 'unknown',
  },
  {
    name: 'refreshFamilies.rotate',
    call: (store, t, trail) =>
      store.refreshFamilies.rotate({
        tenant: t,
        id: 'grant-first',
        presented: 1,
        rotate: true,
        graceSeconds: 0,
        now,
        idleExpiresAt: now + 7000,
        accessToken: make.accessToken(t, 'token3', { grantId: 'grant-first' }),
        trail,
        reuse: { ...make.reuse(t, 'grant-first'), onReuse: 'family' },
      }),
    refusal: { outcome: 'unknown' },
  },
  {
    name: 'refreshFamilies.revoke',
    call: (store, t, trail) =>
      store.refreshFamilies.revoke(t, 'grant-first', make.revocation(t, 'grant', 'grant-first'), trail),
    refusal: false,
  },
  {
    name: 'accessTokens.create',
    call: (store, t, trail) => store.accessTokens.create(make.accessToken(t, 'token4'), trail),
    refusal: undefined,
  },
  {
    name: 'revocations.add',
    call: (store, t, trail) => store.revocations.add(make.revocation(t, 'token', 'jti-1'), trail),
    refusal: undefined,
  },
  {
    name: 'keys.log',
    call: (store, t) => store.keys.log(make.signingKey(t, 5), make.entry(t, 'key.logged', 'kid-5')),
    refusal: 'logged',
    writesTrail: false,
  },
  {
    name: 'keys.publish',
    call: (store, t, trail) => store.keys.publish(t, 'kid-4', now, now + 10, trail),
    refusal: false,
  },
  {
    name: 'keys.promote',
    call: (store, t, trail) =>
      store.keys.promote(t, 'kid-3', { activatedAt: now, dueAt: now + 9, retiredDueAt: now + 20 }, trail),
    refusal: false,
  },
  { name: 'keys.remove', call: (store, t, trail) => store.keys.remove(t, 'kid-1', trail), refusal: false },
  {
    name: 'keys.defer',
    call: (store, t) => store.keys.defer(t, 'kid-4', now + 10, now + 99),
    refusal: false,
    writesTrail: false,
  },
  {
    name: 'oneTimeTokens.create',
    call: (store, t, trail) => store.oneTimeTokens.create(make.oneTimeToken(t, 'link2'), trail),
    refusal: undefined,
  },
  {
    name: 'oneTimeTokens.completeSetup',
    call: (store, t, trail) =>
      store.oneTimeTokens.completeSetup(
        hashed('link'),
        now,
        make.subject(t, 'USR-root'),
        [make.grant(t, { subject: 'USR-root', role: 'operator' })],
        trail,
      ),
    refusal: 'spent',
  },
];

/** Creates of whole records: another tenant may have the same ids, and gets its own. */
const creates: readonly VerbCase[] = [
  {
    name: 'deviceCodes.create',
    call: (store, t) => store.deviceCodes.create(make.deviceCode(t, 'second')),
    refusal: 'created',
    writesTrail: false,
  },
  {
    name: 'clients.create',
    call: (store, t, trail) => store.clients.create(make.client(t, 'second'), trail),
    refusal: 'created',
  },
  {
    name: 'groups.create',
    call: (store, t, trail) => store.groups.create(make.group(t, 'third'), trail),
    refusal: 'created',
  },
  {
    name: 'subjects.create',
    call: (store, t, trail) =>
      store.subjects.create(make.subject(t, 'USR-eve'), [make.grant(t, { subject: 'USR-eve' })], trail),
    refusal: 'created',
  },
];

/** About the whole deployment, or about no tenant's records: `ports.ts` says so at each. */
export const withoutTenant: ReadonlySet<string> = new Set([
  'tenants.find',
  'tenants.findByHost',
  'tenants.list',
  'tenants.create',
  'tenants.replace',
  'clients.listDue',
  'revocations.listAfter',
  'keys.listDue',
  'keys.countCurrent',
  'audit.append',
  'logoutDeliveries.listDue',
  'logoutDeliveries.count',
  'sealedFields.listAfter',
  'sealedFields.count',
  'sealedFields.replace',
  'maintenance.sweep',
  'maintenance.countRows',
]);

export const readCases = queries;
export const writeCases: readonly VerbCase[] = [...writes, ...creates];
export const verbCases: readonly VerbCase[] = [...queries, ...writeCases];
