import type { Random } from '../ports.ts';

/** 100 random bits in groups that can be read out; no letters that look like digits. */
export function temporaryPassword(random: Random): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  const characters = [...random.bytes(20)].map((byte) => alphabet.charAt(byte % alphabet.length)).join('');
  return (characters.match(/.{5}/g) ?? []).join('-');
}
