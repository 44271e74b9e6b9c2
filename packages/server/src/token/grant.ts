/** What a grant fills in. The endpoint runs the phases; a grant cannot skip one (architecture §1). */
import type { ClaimsRequest, Confirmation, GrantType, Parameters, SubjectKind } from '@countersign/protocol';
import type { RequestContext } from '../http/context.ts';
import type { AccessTokenRecord, ClientRecord, Trail } from '../storage/ports.ts';
import type { Authentication } from '../tokens/index.ts';

/** What a grant approves: everything a token will say, decided before anything is written. */
export interface Approval {
  readonly subject: string;
  readonly kind: SubjectKind;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  /** null for grants without a person: nothing hangs together. */
  readonly grantId: string | null;
  readonly authentication: Authentication | null;
  readonly confirmation: Confirmation | null;
  /** The `claims` parameter of the authorization request, where there was one. */
  readonly claimsRequest: ClaimsRequest | null;
  /** An ID token comes with it. */
  readonly idToken: { readonly nonce: string | null; readonly authTimeRequired: boolean } | null;
  /**
   * The atomic gate. Writes what the grant writes, with the opaque token and the trail in the same transaction, and
   * answers the refresh token to hand out. Nothing has been signed before and nothing is refused after.
   * @throws {OAuthError} `invalid_grant` when someone else was first or the grant is no longer live
   */
  commit(produced: {
    readonly accessToken: AccessTokenRecord | null;
    readonly trail: Trail;
  }): Promise<{ readonly refreshToken: string | null }>;
}

export interface Grant {
  readonly type: GrantType;
  /**
   * Reads its parameters, checks them against what is stored, and says what may be issued. Writes nothing but the
   * count of wrong guesses.
   * @throws {OAuthError}
   */
  approve(request: {
    readonly parameters: Parameters;
    readonly client: ClientRecord;
    readonly context: RequestContext;
  }): Promise<Approval>;
  /** False when issuing writes nothing durable: then the audit record goes into a batch. */
  readonly stateful: boolean;
}
