/** What may be declared: each kind reads its documents, plans against what is there, and knows what it made. */
import type { Clients, VerifyClientSecret } from '../clients/index.ts';
import type { TenantRecord } from '../storage/ports.ts';
import type { Requester, Tenants } from '../tenants/index.ts';
import type { Entry } from './entry.ts';

export type Action = 'create' | 'change' | 'remove' | 'none';

export interface MemberChange {
  readonly member: string;
  /** undefined: not there. Never a secret. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface Change {
  readonly action: Action;
  readonly kind: string;
  /** Unique among the changes of its kind: `acme`, `acme/web`. */
  readonly name: string;
  readonly members: readonly MemberChange[];
  /**
   * Does it, with its audit entries, if what it was planned from is still there unchanged. What spans several commits goes on where it
   * stopped when it is planned again.
   */
  apply(requester: Requester): Promise<void>;
}

export interface World {
  readonly tenants: Tenants;
  readonly clients: Clients;
  readonly verifySecret: VerifyClientSecret;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who plans; the times of drafts. */
  readonly requester: Requester;
  /** Tenants as they will be: kinds that come later plan against these. */
  readonly drafts: Map<string, TenantRecord>;
}

export interface Declaration {
  readonly name: string;
  /** Of which the files speak by this declaration. */
  readonly tenant: string;
  /** `file:line`. */
  readonly at: string;
  /** Reads, writes nothing. @throws `DeclarationError`, `ClientError`, `TenantError` */
  plan(world: World): Promise<Change>;
}

export interface Kind {
  readonly name: string;
  /** @throws {DeclarationError} */
  read(entry: Entry): Declaration;
  /** What an earlier `apply` made in this tenant, and `declared` no longer names; as changes that remove it. */
  listOrphans(world: World, tenant: string, declared: ReadonlySet<string>): Promise<readonly Change[]>;
}
