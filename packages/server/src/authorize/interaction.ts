/**
 * What waits for a person: an authorization request, a visit to the account pages, a logout, a device to connect. It lives
 * in the ephemeral store, is bound to the browser that began it by a cookie, and is taken once, when it is answered.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestContext } from '../http/context.ts';
import { readCookie, setCookie } from '../http/cookies.ts';
import type { Random } from '../ports.ts';
import type { EphemeralStore } from '../storage/ports.ts';
import type { Sealed } from '../storage/secrets.ts';
import type { RequestOrigin } from './request.ts';

export type InteractionPurpose =
  | {
      readonly kind: 'authorize';
      readonly clientId: string;
      /** Name, values pairs of the validated request, checked again on resume. */
      readonly parameters: readonly (readonly [string, readonly string[]])[];
      readonly origin: RequestOrigin;
    }
  | { readonly kind: 'account'; readonly returnTo: string }
  | { readonly kind: 'logout'; readonly request: WaitingLogout }
  /** The user code as it was entered; whether there is such a device is asked when somebody has signed in. */
  | { readonly kind: 'device'; readonly userCode: Sealed<'user-code'> };

/** A logout request that came by POST, as far as it was believed; its client is looked up again. */
export interface WaitingLogout {
  readonly clientId: string | null;
  /** By an ID token that it was issued. */
  readonly isProven: boolean;
  readonly hinted: { readonly subject: string; readonly sessionId: string } | null;
  readonly redirectUri: string | null;
  readonly isReturnRefused: boolean;
  readonly state: string | null;
  readonly uiLocales: readonly string[];
}

export interface ConsentAnswer {
  readonly answer: 'allowed' | 'denied';
  /** `sid` of the session that answered: an answer counts for nobody else. null: refused before signing in. */
  readonly session: string | null;
}

export interface Interaction {
  readonly id: string;
  readonly tenant: string;
  /** SHA-256 of the browser cookie. */
  readonly browser: string;
  readonly purpose: InteractionPurpose;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** `sid` of the session that signed in for this very interaction; answers prompt=login and max_age. */
  readonly signedIn: string | null;
  /** What was said on the consent page of this interaction, and in which session; null while nothing was. */
  readonly consent: ConsentAnswer | null;
}

export interface Interactions {
  /** Stores it and sets the browser cookie on `headers` when the browser has none. */
  begin(
    request: Request,
    context: RequestContext,
    headers: Headers,
    purpose: InteractionPurpose,
  ): Promise<Interaction>;
  /** undefined: unknown, expired, of another tenant, or begun by another browser. They look alike. */
  find(request: Request, context: RequestContext, id: string): Promise<Interaction | undefined>;
  /** Compare-and-swap of what a page found out; false when the interaction changed or ended meanwhile. */
  record(
    interaction: Interaction,
    change: Partial<Pick<Interaction, 'signedIn' | 'consent'>>,
  ): Promise<boolean>;
  /** At most one caller gets true; call before the answer is made. */
  take(interaction: Interaction, now: number): Promise<boolean>;
  /** Where the flow goes on after a page has done its part. */
  resumePath(context: RequestContext, interaction: Interaction): string;
}

const key = (tenant: string, id: string): string => `interaction:${tenant}:${id}`;
const digest = (value: string): string => createHash('sha256').update(value).digest('base64url');

export function createInteractions(parts: {
  readonly ephemeral: EphemeralStore;
  readonly random: Random;
  readonly lifetimeSeconds: number;
  /** Bounds how many one address may begin. @throws {RateLimitError} */
  readonly brake: (context: RequestContext) => Promise<void>;
}): Interactions {
  const { ephemeral, random, lifetimeSeconds, brake } = parts;
  return {
    async begin(request, context, headers, purpose) {
      await brake(context);
      let browser = readCookie(request, context, 'browser');
      if (browser === undefined) {
        browser = random.token(32);
        setCookie(headers, context, 'browser', browser);
      }
      const interaction: Interaction = {
        id: random.token(24),
        tenant: context.tenant.id,
        browser: digest(browser),
        purpose,
        createdAt: context.now,
        expiresAt: context.now + lifetimeSeconds,
        signedIn: null,
        consent: null,
      };
      await ephemeral.put(
        key(interaction.tenant, interaction.id),
        JSON.stringify(interaction),
        interaction.expiresAt,
      );
      return interaction;
    },

    async find(request, context, id) {
      if (!/^[A-Za-z0-9_-]{32}$/.test(id)) return undefined;
      const browser = readCookie(request, context, 'browser');
      if (browser === undefined) return undefined;
      const stored = await ephemeral.find(key(context.tenant.id, id), context.now);
      if (stored === undefined) return undefined;
      const interaction = JSON.parse(stored) as Interaction;
      const same = timingSafeEqual(Buffer.from(interaction.browser), Buffer.from(digest(browser)));
      return same ? interaction : undefined;
    },

    async record(interaction, change) {
      const next: Interaction = { ...interaction, ...change };
      return ephemeral.replace(
        key(interaction.tenant, interaction.id),
        JSON.stringify(interaction),
        JSON.stringify(next),
      );
    },

    async take(interaction, now) {
      return (await ephemeral.take(key(interaction.tenant, interaction.id), now)) !== undefined;
    },

    resumePath(context, interaction) {
      const { purpose, id } = interaction;
      switch (purpose.kind) {
        case 'account':
          return `${context.basePath}${purpose.returnTo}`;
        case 'authorize':
          return `${context.basePath}/oauth2/authorize/resume?interaction=${id}`;
        case 'logout':
          return `${context.basePath}/oauth2/logout/resume?interaction=${id}`;
        case 'device':
          return `${context.basePath}/device/confirm?interaction=${id}`;
      }
    },
  };
}
