/**
 * Refresh tokens are derived, not stored: `cs_rt_<family>.<generation>.<HMAC-SHA-256(family secret, …)>`. The store
 * keeps one row per family with its sealed secret, so a copy of the store without the envelope key holds no token,
 * and a repeated request can be given the same successor (architecture, decision 6).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface RefreshTokenParts {
  readonly familyId: string;
  readonly generation: number;
  readonly mac: string;
}

const form = /^cs_rt_([A-Za-z0-9_-]{22})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})$/;

/** Takes a token apart; undefined when it is not of our form. Proves nothing. */
export function parseRefreshToken(token: string): RefreshTokenParts | undefined {
  const match = form.exec(token);
  if (match === null) return undefined;
  const [, familyId = '', generation = '', mac = ''] = match;
  return { familyId, generation: Number(generation), mac };
}

/** The token of one generation; the same inputs give the same token. */
export function issueRefreshToken(
  tenant: string,
  familyId: string,
  generation: number,
  secret: Uint8Array,
): string {
  return `cs_rt_${familyId}.${generation}.${macOf(tenant, familyId, generation, secret)}`;
}

/** Whether the token was made with this family's secret. Constant time in the secret part. */
export function verifyRefreshToken(tenant: string, parts: RefreshTokenParts, secret: Uint8Array): boolean {
  const expected = Buffer.from(macOf(tenant, parts.familyId, parts.generation, secret));
  const presented = Buffer.from(parts.mac);
  return expected.length === presented.length && timingSafeEqual(expected, presented);
}

/** Binds a sealed family secret to its row. */
export function familySealingContext(tenant: string, familyId: string): string {
  return `refresh-family ${tenant} ${familyId}`;
}

function macOf(tenant: string, familyId: string, generation: number, secret: Uint8Array): string {
  return createHmac('sha256', secret)
    .update(`refresh\n${tenant}\n${familyId}\n${generation}`)
    .digest('base64url');
}
