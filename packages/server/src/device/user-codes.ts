import { createHmac } from 'node:crypto';
import type { Vault } from '../ports.ts';
import type { Hashed, Sealed } from '../storage/secrets.ts';

/** How a user code is kept: it is short enough to be tried out, so a plain hash would hide nothing. */
export interface UserCodes {
  /** Under a key of this server: a copy of the store tells nobody which codes are live. */
  hash(tenant: string, code: string): Hashed<'user-code'>;
  /** Under every key that may have hashed a code that lives, the newest first. */
  hashes(tenant: string, code: string): readonly Hashed<'user-code'>[];
  /** For the time of an interaction, so that the page can show it. */
  seal(tenant: string, code: string): Sealed<'user-code'>;
  unseal(tenant: string, sealed: Sealed<'user-code'>): string;
}

export function createUserCodes({ vault }: { readonly vault: Vault }): UserCodes {
  const contextOf = (tenant: string): string => `user-code ${tenant}`;
  const hashUnder = (key: Uint8Array, tenant: string, code: string): Hashed<'user-code'> =>
    createHmac('sha256', key)
      .update(JSON.stringify([tenant, code]))
      .digest('base64url') as Hashed<'user-code'>;
  const hashes = (tenant: string, code: string): readonly Hashed<'user-code'>[] =>
    vault.deriveAll('user-code').map((key) => hashUnder(key, tenant, code));
  return {
    hash: (tenant, code) => hashes(tenant, code)[0] as Hashed<'user-code'>,
    hashes,
    seal: (tenant, code) => vault.seal('user-code', contextOf(tenant), Buffer.from(code)),
    unseal: (tenant, sealed) => Buffer.from(vault.unseal('user-code', contextOf(tenant), sealed)).toString(),
  };
}
