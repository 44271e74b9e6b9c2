/** Consonants that cannot be taken for one another, and that spell no word (RFC 8628 §6.1). */
const alphabet = 'BCDFGHJKLMNPQRSTVWXZ';
const length = 8;
const group = 4;
/** A byte at or above this would make some letters likelier than others. */
const fairBytes = 256 - (256 % alphabet.length);
const maxTypedLength = 64;

/** How many codes there are: 20^8, about 34.6 bits. */
export const userCodeCount = alphabet.length ** length;

/**
 * A user code in its plain form: eight letters, each equally likely. Not unique by itself.
 * @param randomBytes cryptographically strong
 * @see RFC 8628 §5.1, §6.1
 */
export function makeUserCode(randomBytes: (size: number) => Uint8Array): string {
  let code = '';
  while (code.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < fairBytes && code.length < length) code += alphabet.charAt(byte % alphabet.length);
    }
  }
  return code;
}

/** As it is shown to people: `WDJB-MJHT`. */
export function formatUserCode(code: string): string {
  return `${code.slice(0, group)}-${code.slice(group)}`;
}

/**
 * The plain form of what a person typed: case, spaces and punctuation do not count. undefined when it cannot be a code
 * of ours. Does not know whether there is such a code.
 * @see RFC 8628 §6.1
 */
export function parseUserCode(typed: string): string | undefined {
  if (typed.length > maxTypedLength) return undefined;
  const code = typed.replace(/[^\p{L}\p{N}]/gu, '').replace(/[a-z]/g, (letter) => letter.toUpperCase());
  const isOurs = code.length === length && [...code].every((letter) => alphabet.includes(letter));
  return isOurs ? code : undefined;
}
