/**
 * A sign-in that is past its password and not yet done, kept in the ephemeral store under its interaction. It names
 * what has been proven; every fact about the account is read again when the next step comes.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Interaction } from '../authorize/index.ts';
import type { EphemeralStore, SubjectRecord } from '../storage/ports.ts';
import type { LoginState } from './flow.ts';

export interface LoginProgress {
  readonly subject: string;
  readonly state: LoginState;
  readonly amr: readonly string[];
  /** Digest of the password hash that was verified: a change of password in between voids the progress. */
  readonly passwordDigest: string;
}

export interface LoginProgressStore {
  /** Replaces what was there: the newest right password counts. */
  put(interaction: Interaction, progress: LoginProgress): Promise<void>;
  find(interaction: Interaction, now: number): Promise<LoginProgress | undefined>;
  /** At most one caller gets true. */
  take(interaction: Interaction, now: number): Promise<boolean>;
}

export function createLoginProgress(
  ephemeral: Pick<EphemeralStore, 'put' | 'find' | 'take'>,
): LoginProgressStore {
  const key = (interaction: Interaction): string => `login:${interaction.tenant}:${interaction.id}`;
  return {
    put: (interaction, progress) =>
      ephemeral.put(key(interaction), JSON.stringify(progress), interaction.expiresAt),
    async find(interaction, now) {
      const stored = await ephemeral.find(key(interaction), now);
      return stored === undefined ? undefined : (JSON.parse(stored) as LoginProgress);
    },
    take: async (interaction, now) => (await ephemeral.take(key(interaction), now)) !== undefined,
  };
}

export function passwordDigest(subject: SubjectRecord): string {
  return createHash('sha256')
    .update(subject.passwordHash ?? '')
    .digest('base64url');
}

/** Whether the account still has the password that this progress was made with. */
export function isCurrent(progress: LoginProgress, subject: SubjectRecord): boolean {
  return timingSafeEqual(Buffer.from(progress.passwordDigest), Buffer.from(passwordDigest(subject)));
}
