/** Sessions of people in browsers: who is signed in, since when, by what. The cookie holds a secret, the store its hash. */
import { createHash } from 'node:crypto';
import type { AuditActor } from '../audit/record.ts';
import type { RequestContext } from '../http/context.ts';
import { clearCookie, readCookie, setCookie } from '../http/cookies.ts';
import type { Random } from '../ports.ts';
import type { Revocation, SessionRecord, SessionStore, SubjectRecord, Trail } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import { deviceName } from './device.ts';
import { auditEntry, byPerson, outboxEvent, type SealPersonal } from './trail.ts';

export interface Authentication {
  /** RFC 8176 values. */
  readonly amr: readonly string[];
  readonly acr: string;
}

export interface Sessions {
  /** The live session of this browser. Pushes its idle end, at most once a minute. */
  find(request: Request, context: RequestContext): Promise<SessionRecord | undefined>;
  /**
   * Starts a session, or renews the one this browser has for the same subject (same `sid`), with a new cookie secret
   * either way; a session of somebody else in this browser ends. undefined: the subject is gone or disabled.
   */
  signIn(
    request: Request,
    context: RequestContext,
    headers: Headers,
    subject: SubjectRecord,
    how: Authentication,
  ): Promise<SessionRecord | undefined>;
  /** A new cookie secret, nothing else: whoever copied the old one is out. False when the session is no longer live. */
  rotate(context: RequestContext, headers: Headers, session: SessionRecord): Promise<boolean>;
  /** Ends one, with `reason` and `details` in audit row and event. Whose it is, the caller has checked. False when it was not live. */
  end(
    context: RequestContext,
    session: SessionRecord,
    actor: AuditActor,
    reason: SessionEnd,
    details?: Readonly<Record<string, string>>,
  ): Promise<boolean>;
  /** Ends all of this subject but the given one; answers how many. */
  endOthers(context: RequestContext, session: SessionRecord, reason: SessionEnd): Promise<number>;
  /** Live ones of the session's subject, the one used last first. */
  list(context: RequestContext, session: SessionRecord): Promise<readonly SessionRecord[]>;
  clearCookie(context: RequestContext, headers: Headers): void;
}

export type SessionEnd =
  | 'signed-out'
  | 'rp-logout'
  | 'ended-by-person'
  | 'password-changed'
  | 'other-person'
  | 'password-raced';

const touchIntervalSeconds = 60;

export interface SessionParts {
  readonly sessions: SessionStore;
  readonly random: Random;
  readonly sealPersonal: SealPersonal;
  readonly lifetimes: {
    readonly idleSeconds: number;
    readonly absoluteSeconds: number;
    /** How long the longest-lived access token may outlive its session: the revocation is kept as long. */
    readonly accessTokenSeconds: number;
  };
}

export function createSessions(parts: SessionParts): Sessions {
  const { sessions: store, random, sealPersonal, lifetimes } = parts;

  const findQuietly = async (
    request: Request,
    context: RequestContext,
  ): Promise<SessionRecord | undefined> => {
    const secret = readCookie(request, context, 'session');
    return secret === undefined
      ? undefined
      : store.findLive(context.tenant.id, hashSecret(secret), context.now);
  };

  const revocation = (context: RequestContext, session: SessionRecord): Revocation => ({
    tenant: context.tenant.id,
    kind: 'session',
    id: session.id,
    revokedAt: context.now,
    expiresAt: context.now + lifetimes.accessTokenSeconds,
  });

  const startedTrail = (context: RequestContext, subject: SubjectRecord, session: SessionRecord): Trail => ({
    audit: [
      auditEntry(context, {
        action: 'session.started',
        actor: byPerson(subject.id),
        target: { kind: 'session', id: session.id },
        details: { acr: session.acr, amr: session.amr.join(' ') },
        personal: sealPersonal(subject, { device: session.device }),
      }),
    ],
    events: [
      outboxEvent(context, random, 'session.started', subject.id, { session: session.id, acr: session.acr }),
    ],
  });

  const end: Sessions['end'] = (context, session, actor, reason, details = {}) =>
    store.end(context.tenant.id, session.id, context.now, revocation(context, session), {
      audit: [
        auditEntry(context, {
          action: 'session.ended',
          actor,
          target: { kind: 'session', id: session.id },
          details: { ...details, cause: reason },
        }),
      ],
      events: [
        outboxEvent(context, random, 'session.ended', session.subject, {
          ...details,
          session: session.id,
          cause: reason,
        }),
      ],
    });

  return {
    end,

    async find(request, context) {
      const session = await findQuietly(request, context);
      if (session === undefined || context.now - session.lastSeenAt < touchIntervalSeconds) return session;
      const idleExpiresAt = Math.min(context.now + lifetimes.idleSeconds, session.expiresAt);
      await store.touch(context.tenant.id, session.id, context.now, idleExpiresAt);
      return { ...session, lastSeenAt: context.now, idleExpiresAt };
    },

    async signIn(request, context, headers, subject, how) {
      const present = await findQuietly(request, context);
      const secret = random.token(32);
      const fresh: SessionRecord = {
        id: random.token(16),
        tenant: context.tenant.id,
        tokenHash: hashSecret(secret),
        subject: subject.id,
        authTime: context.now,
        acr: how.acr,
        amr: how.amr,
        device: deviceName(request.headers.get('user-agent')),
        createdAt: context.now,
        lastSeenAt: context.now,
        idleExpiresAt: context.now + Math.min(lifetimes.idleSeconds, lifetimes.absoluteSeconds),
        expiresAt: context.now + lifetimes.absoluteSeconds,
        endedAt: 0,
      };
      if (present?.subject === subject.id) {
        const renewed = {
          ...fresh,
          id: present.id,
          createdAt: present.createdAt,
          expiresAt: present.expiresAt,
        };
        const change = { ...renewed, idleExpiresAt: Math.min(renewed.idleExpiresAt, present.expiresAt) };
        if (
          await store.reauthenticate(
            context.tenant.id,
            present.id,
            pickChange(change),
            startedTrail(context, subject, change),
          )
        ) {
          setCookie(headers, context, 'session', secret);
          return { ...change, device: present.device };
        }
      }
      if ((await store.create(fresh, startedTrail(context, subject, fresh))) === 'inactive') return undefined;
      if (present !== undefined && present.subject !== subject.id) {
        await end(context, present, byPerson(subject.id), 'other-person');
      }
      setCookie(headers, context, 'session', secret);
      return fresh;
    },

    async rotate(context, headers, session) {
      const secret = random.token(32);
      const changed = await store.reauthenticate(
        context.tenant.id,
        session.id,
        pickChange({ ...session, tokenHash: hashSecret(secret), lastSeenAt: context.now }),
        {},
      );
      if (changed) setCookie(headers, context, 'session', secret);
      return changed;
    },

    endOthers(context, session, reason) {
      const trail: Trail = {
        audit: [
          auditEntry(context, {
            action: 'session.ended',
            actor: byPerson(session.subject),
            target: { kind: 'subject', id: session.subject },
            details: { cause: reason, scope: 'others' },
          }),
        ],
        events: [
          outboxEvent(context, random, 'session.ended', session.subject, { scope: 'others', cause: reason }),
        ],
      };
      const revokedUntil = context.now + lifetimes.accessTokenSeconds;
      return store.endAll(context.tenant.id, session.subject, session.id, context.now, revokedUntil, trail);
    },

    async list(context, session) {
      const live = await store.listLive(context.tenant.id, session.subject, context.now);
      return live.toSorted((left, right) => right.lastSeenAt - left.lastSeenAt);
    },

    clearCookie: (context, headers) => clearCookie(headers, context, 'session'),
  };
}

function hashSecret(secret: string): Hashed<'session-token'> {
  return createHash('sha256').update(secret).digest('base64url') as Hashed<'session-token'>;
}

function pickChange(session: SessionRecord): Parameters<SessionStore['reauthenticate']>[2] {
  const { tokenHash, authTime, acr, amr, lastSeenAt, idleExpiresAt } = session;
  return { tokenHash, authTime, acr, amr, lastSeenAt, idleExpiresAt };
}
