import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ClientRecord, ClientSecretRecord } from '../storage/ports.ts';
import type { Hashed } from '../storage/secrets.ts';
import type { PasswordHasher } from '../subjects/index.ts';
import { hashGeneratedSecret } from './secret.ts';

/**
 * Whether `presented` is a live secret of the client. Every live secret is compared, in constant time each; an unknown client, one
 * without secrets and one with expired secrets cost what a generated secret costs. A wrong try at a *chosen* secret costs an
 * Argon2id hash, which tells that such a client exists (its id is public) and is bounded by the hasher's pool.
 * Does not look at `disabledAt`, nor at the client's authentication method.
 * @throws {HasherBusyError} when that pool is full
 */
export type VerifyClientSecret = (
  client: ClientRecord | undefined,
  presented: string,
  now: number,
) => Promise<boolean>;

const maxPresented = 1024;
const liveSecrets = 2;

export function createClientSecretVerifier(parts: {
  readonly hasher: PasswordHasher;
  readonly memoLimit?: number;
}): VerifyClientSecret {
  const { hasher, memoLimit = 10_000 } = parts;
  const memo = createMemo(memoLimit);
  const dummy = hashGeneratedSecret(randomBytes(32).toString('base64url'));

  return async (client, presented, now) => {
    const digest = Buffer.from(hashGeneratedSecret(presented.slice(0, maxPresented)), 'utf8');
    const readable = presented.length > 0 && presented.length <= maxPresented;
    const live = (client?.secrets ?? []).filter((secret) => secret.expiresAt === 0 || secret.expiresAt > now);
    const generated = live.filter((secret) => !isChosen(secret)).map((secret) => secret.hash);
    while (generated.length < liveSecrets) generated.push(dummy);
    // No early end: how long it takes does not tell which one matched.
    let matches = generated.map((hash) => equal(digest, hash)).includes(true);
    if (client === undefined || !readable) return false;
    for (const secret of matches ? [] : live.filter(isChosen)) {
      const verify = async (): Promise<boolean> => (await hasher.verify(secret.hash, presented)).matches;
      matches =
        (await memo.remember([client.tenant, client.id, secret.id, secret.hash, presented], verify)) ||
        matches;
    }
    return matches;
  };
}

function isChosen(secret: ClientSecretRecord): boolean {
  return secret.hash.startsWith('$');
}

function equal(digest: Uint8Array, hash: Hashed<'client-secret'>): boolean {
  const stored = Buffer.from(hash, 'utf8');
  return stored.length === digest.length && timingSafeEqual(stored, digest);
}

interface Memo {
  /** What `verify` answered for these parts before, if that was true; at most one verification of the same parts at a time. */
  remember(parts: readonly string[], verify: () => Promise<boolean>): Promise<boolean>;
}

/**
 * Remembers which secrets were right, so that Argon2 is paid once and not per token. What it keeps is an HMAC under a key of this
 * process: it neither holds a secret nor anything to guess one with. A changed or removed secret has another hash, hence another entry.
 */
function createMemo(limit: number): Memo {
  const key = randomBytes(32);
  const known = new Set<string>();
  const running = new Map<string, Promise<boolean>>();

  async function verifyOnce(name: string, verify: () => Promise<boolean>): Promise<boolean> {
    try {
      const matches = await verify();
      if (matches) {
        const [oldest] = known;
        if (known.size >= limit && oldest !== undefined) known.delete(oldest);
        known.add(name);
      }
      return matches;
    } finally {
      running.delete(name);
    }
  }

  return {
    remember(parts, verify) {
      const name = createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
      if (known.delete(name)) {
        known.add(name);
        return Promise.resolve(true);
      }
      const started = running.get(name) ?? verifyOnce(name, verify);
      running.set(name, started);
      return started;
    },
  };
}
