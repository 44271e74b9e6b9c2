/** The infrastructure ports beside storage: time, chance, keys, the way out. Two implementations each: the real one and one a test steers. */
import type { Sealed } from './storage/secrets.ts';

export interface Clock {
  /** Epoch seconds, whole. Taken once per request, so that every time in one answer agrees. */
  now(): number;
  /** Epoch milliseconds, for buckets and measurements. */
  nowMs(): number;
}

export interface Random {
  /** Cryptographically strong bytes. */
  bytes(size: number): Uint8Array;
  /** `size` strong bytes as base64url. */
  token(size: number): string;
}

/** Makes signatures with keys it keeps, and seals what the store keeps. Private material never leaves it unsealed. */
export interface Signer {
  /** A new key pair; the private half comes back sealed. */
  generate(algorithm: string, context: string): Promise<GeneratedKey>;
  /** Seals an imported private key (PKCS#8 PEM). Throws SignerError on a wrong type, curve or size. */
  adopt(algorithm: string, pem: string, context: string): Promise<GeneratedKey>;
  /** JWS signature over `signingInput`. Fast algorithms resolve without leaving the thread. */
  sign(
    algorithm: string,
    privateKey: Sealed<'signing-key'>,
    context: string,
    signingInput: string,
  ): Promise<Uint8Array> | Uint8Array;
}

export interface GeneratedKey {
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly privateKey: Sealed<'signing-key'>;
}

/** AES-256-GCM under an envelope key. `context` is bound as additional data: a sealed value moved to another row does not open. */
export interface Vault {
  seal<Purpose extends string>(purpose: Purpose, context: string, plaintext: Uint8Array): Sealed<Purpose>;
  /** Throws VaultError when the value was altered, moved, or its envelope key is not here. */
  unseal<Purpose extends string>(purpose: Purpose, context: string, sealed: Sealed<Purpose>): Uint8Array;
  /**
   * 32-byte keys for one named use, one of each envelope key, the newest first (HKDF-SHA-256): the first makes, all are accepted.
   * Asked for at each use, since a rotation changes the answer.
   */
  deriveAll(label: string): readonly Uint8Array[];
  /** Of the envelope keys, the one that seals first. */
  keyIds(): readonly string[];
}

/**
 * The only way out of this process for the sake of others: URLs that clients registered or sent. What it guarantees: the
 * host is resolved once, every address it has is checked, and the connection goes to one that was checked, so that no
 * answer of a name server leads inside; https with a certificate for the name, http to configured networks only; no
 * redirect is followed; size and time are bounded whatever the other side sends. An answer of any status is an answer.
 */
export interface Outbound {
  /** @throws {OutboundError} and nothing else */
  send(request: OutboundRequest): Promise<OutboundResponse>;
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Beside those that the connection needs, which are made here. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** From the call to the last byte of the answer, waiting for a turn included. */
  readonly timeoutMs: number;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: Headers;
  /** As it was sent: an encoded body is refused. */
  readonly body: Uint8Array;
}

export type OutboundErrorCode =
  /** `outbound.sealed` is set. */
  | 'sealed'
  /** No URL that may be called: another scheme, credentials in it, a host spelled in a form that readers differ on, http outside the allowed networks. */
  | 'forbidden_url'
  /** One address of the host is neither public nor in an allowed network. */
  | 'forbidden_address'
  /** No address, no connection, no trusted certificate, or an answer that cannot be read. */
  | 'unreachable'
  | 'timeout'
  /** Head or body of the answer. */
  | 'too_large';

/** Why nothing came back. The message names the host at most: it may go to a log, not to a client. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly code: OutboundErrorCode;

  constructor(code: OutboundErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}
