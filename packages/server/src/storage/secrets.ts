/**
 * Types that keep a plaintext secret out of a column: a record field is `Hashed` or `Sealed`, and only the
 * functions that hash and seal can make one. A plain string does not type-check.
 */
declare const hashed: unique symbol;
declare const sealed: unique symbol;

/** One-way: SHA-256 of a random value (base64url), or a PHC string for a chosen one. */
export type Hashed<Purpose extends string> = string & { readonly [hashed]: Purpose };

/** AES-256-GCM under an envelope key: `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url parts. */
export type Sealed<Purpose extends string> = string & { readonly [sealed]: Purpose };
