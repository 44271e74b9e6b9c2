import type { SigningAlgorithmName } from './jose/algorithms.ts';
import type { SigningKeyRef } from './token-hash.ts';

/** Media type of the answer; without `application/`, the `typ` of its header. */
export const introspectionResponseType = 'application/token-introspection+jwt';

export interface IntrospectionResponseInput {
  readonly key: SigningKeyRef;
  readonly issuer: string;
  /** The caller: it is the audience, so that the answer convinces nobody else. */
  readonly clientId: string;
  /** Epoch seconds. */
  readonly issuedAt: number;
  /** The members of RFC 7662 §2.2. */
  readonly members: Readonly<Record<string, unknown>>;
}

export interface IntrospectionResponseHeader {
  readonly typ: 'token-introspection+jwt';
  readonly alg: SigningAlgorithmName;
  readonly kid: string;
  readonly [member: string]: unknown;
}

/**
 * Header and claims of a signed introspection answer, unsigned. What is said about the token stands inside
 * `token_introspection`, and nothing of it outside, so that nobody takes the answer for the token.
 * @see RFC 9701 §5, §8.1
 */
export function buildIntrospectionResponse(input: IntrospectionResponseInput): {
  header: IntrospectionResponseHeader;
  claims: Record<string, unknown>;
} {
  const { alg, kid } = input.key;
  return {
    header: { typ: 'token-introspection+jwt', alg, kid },
    claims: {
      iss: input.issuer,
      aud: input.clientId,
      iat: input.issuedAt,
      token_introspection: input.members,
    },
  };
}

/**
 * Whether an `Accept` header asks for the signed form: it names its type, and likes plain JSON no better. A wildcard does not ask
 * for it. What cannot be read counts as absent.
 * @see RFC 9701 §4, RFC 9110 §12.5.1
 */
export function acceptsIntrospectionJwt(accept: string | null): boolean {
  if (accept === null || accept.length > maxAcceptLength) return false;
  const signed = quality(accept, introspectionResponseType);
  return signed > 0 && signed >= quality(accept, 'application/json');
}

const maxAcceptLength = 2048;

function quality(accept: string, type: string): number {
  for (const entry of accept.split(',')) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    if (weight === undefined) return 1;
    return /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
  }
  return 0;
}
