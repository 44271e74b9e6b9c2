/**
 * The row shapes. Times are epoch seconds, flags are 0 or 1, `json` columns hold JSON text: the same on every
 * dialect. Columns that a statement compares stand alone; what is only carried sits in `details`.
 */
import type { Generated } from 'kysely';

type Json = string;

export interface SchemaTable {
  id: number;
  version: number;
  readable_from: number;
}

export interface ProcessTable {
  id: string;
  name: string;
  host: string;
  pid: number;
  /** Start mark of the pid, so that a reused pid is told apart; empty where the system gives none. */
  started: string;
  beat_at: number;
}

export interface TenantTable {
  id: string;
  name: string;
  profile: string;
  host: string | null;
  settings: Json;
  created_at: number;
  updated_at: number;
  version: number;
}

export interface ClientTable {
  tenant: string;
  id: string;
  subject: string;
  metadata: Json;
  /** `declared`, `applied` or `dynamic`; the columns of a self-registration are null in a declared one. */
  source: string;
  registration_token: string | null;
  initial_token: string | null;
  software_statement: string | null;
  last_used_at: number;
  /** 0 for a client that stays. */
  due_at: number;
  disabled_at: number;
  created_at: number;
  updated_at: number;
  version: number;
}

export interface ClientSecretTable {
  tenant: string;
  client: string;
  id: string;
  hash: string;
  created_at: number;
  expires_at: number;
}

export interface SubjectTable {
  tenant: string;
  id: string;
  kind: string;
  username: string | null;
  username_key: string | null;
  email: string | null;
  email_verified: number;
  profile: Json;
  attributes: Json;
  password_hash: string | null;
  must_change_password: number;
  workspace: string | null;
  audit_key: string;
  disabled_at: number;
  created_at: number;
  updated_at: number;
  version: number;
}

export interface PairwiseSubjectTable {
  tenant: string;
  sector: string;
  subject: string;
  sub: string;
  created_at: number;
}

export interface PersonGroupTable {
  tenant: string;
  id: string;
  name: string;
  name_key: string;
  /** Null: groups are flat. */
  parent: string | null;
  created_at: number;
}

export interface GroupMemberTable {
  tenant: string;
  group_id: string;
  subject: string;
  created_at: number;
}

export interface RoleGrantTable {
  tenant: string;
  /** Tenant the subject lives in: an operator's grant is in `_system`, the person in another one. */
  home: string;
  subject: string;
  role: string;
  /** Empty: every workspace. */
  workspace: string;
  created_at: number;
}

export interface SessionTable {
  tenant: string;
  id: string;
  token_hash: string;
  subject: string;
  auth_time: number;
  acr: string;
  amr: Json;
  device: string;
  created_at: number;
  last_seen_at: number;
  idle_expires_at: number;
  expires_at: number;
  ended_at: number;
}

/** A client that was given a code in a session. */
export interface SessionClientTable {
  tenant: string;
  session: string;
  client: string;
  created_at: number;
  expires_at: number;
}

/** An ended session that a client is still to be told of. */
export interface LogoutDeliveryTable {
  tenant: string;
  session: string;
  client: string;
  subject: string;
  state: string;
  attempts: number;
  due_at: number;
  reason: string | null;
  created_at: number;
  expires_at: number;
}

export interface ConsentTable {
  tenant: string;
  subject: string;
  client: string;
  scope: Json;
  resources: Json;
  granted_at: number;
  updated_at: number;
}

export interface PushedRequestTable {
  tenant: string;
  hash: string;
  client: string;
  parameters: Json;
  cnf: Json | null;
  created_at: number;
  expires_at: number;
  spent_at: number;
}

export interface CodeTable {
  tenant: string;
  hash: string;
  client: string;
  subject: string;
  session: string;
  grant_id: string;
  cnf: Json | null;
  details: Json;
  attempts: number;
  created_at: number;
  expires_at: number;
  spent_at: number;
  /** When the grant was revoked because the code came a second time; 0 before. */
  reused_at: number;
}

export interface DeviceCodeTable {
  tenant: string;
  hash: string;
  user_code: string;
  client: string;
  /** pending, approved, denied or spent. */
  state: string;
  cnf: Json | null;
  details: Json;
  origin: string | null;
  interval_seconds: number;
  last_polled_at: number;
  /** 1 when the last poll came before the interval had passed. */
  early: number;
  /** The next three: null until approved. */
  subject: string | null;
  grant_id: string | null;
  approval: Json | null;
  created_at: number;
  expires_at: number;
  /** When what came of it was revoked, because the code came a second time or the person took the consent back; 0 before. */
  revoked_at: number;
}

export interface RefreshFamilyTable {
  tenant: string;
  id: string;
  client: string;
  subject: string;
  session: string | null;
  secret: string;
  generation: number;
  rotated_at: number;
  /** 1 when the scope holds `offline_access`: the family outlives its session. */
  offline: number;
  cnf: Json | null;
  details: Json;
  created_at: number;
  idle_expires_at: number;
  expires_at: number;
  revoked_at: number;
}

export interface AccessTokenTable {
  tenant: string;
  hash: string;
  jti: string;
  client: string;
  subject: string;
  grant_id: string | null;
  claims: Json;
  created_at: number;
  expires_at: number;
}

export interface RevocationTable {
  seq: Generated<number>;
  tenant: string;
  kind: string;
  id: string;
  revoked_at: number;
  expires_at: number;
}

export interface SigningKeyTable {
  tenant: string;
  kid: string;
  algorithm: string;
  version: number;
  state: string;
  public_jwk: Json;
  thumbprint: string;
  private_key: string;
  created_at: number;
  published_at: number;
  activated_at: number;
  retired_at: number;
  due_at: number;
  /** Where the audit entry that logs this key stands. */
  log_chain: string;
  log_sequence: number;
}

export interface OneTimeTokenTable {
  tenant: string;
  purpose: string;
  hash: string;
  created_at: number;
  expires_at: number;
  spent_at: number;
}

export interface InitialAccessTokenTable {
  tenant: string;
  id: string;
  hash: string;
  uses_left: number;
  created_at: number;
  expires_at: number;
}

export interface AuditChainTable {
  tenant: string;
  id: string;
  /** Counts the chains of a tenant in order of opening. */
  ordinal: number;
  process: string;
  opened_at: number;
  predecessor_chain: string | null;
  predecessor_hash: string | null;
  head_sequence: number;
  head_hash: string;
  state: string;
}

export interface AuditRecordTable {
  tenant: string;
  chain: string;
  sequence: number;
  at: number;
  action: string;
  actor_kind: string;
  actor_id: string;
  target_kind: string | null;
  target_id: string | null;
  outcome: string;
  reason: string | null;
  trace_id: string;
  details: Json;
  personal_subject: string | null;
  personal_sealed: string | null;
  previous_hash: string;
  hash: string;
}

export interface OutboxTable {
  seq: Generated<number>;
  tenant: string;
  id: string;
  type: string;
  at: number;
  subject: string | null;
  data: Json;
  expires_at: number;
}

export interface ChangeTable {
  seq: Generated<number>;
  topic: string;
  tenant: string;
  id: string;
  expires_at: number;
}

/** One row: the highest `change.seq` that was ever swept. */
export interface ChangeFloorTable {
  id: number;
  seq: number;
}

export interface EphemeralTable {
  key: string;
  value: string;
  expires_at: number;
}

export interface BucketTable {
  key: string;
  tokens: number;
  updated_ms: number;
  expires_at: number;
}

export interface Tables {
  schema: SchemaTable;
  process: ProcessTable;
  tenant: TenantTable;
  client: ClientTable;
  client_secret: ClientSecretTable;
  subject: SubjectTable;
  pairwise_subject: PairwiseSubjectTable;
  person_group: PersonGroupTable;
  group_member: GroupMemberTable;
  role_grant: RoleGrantTable;
  session: SessionTable;
  session_client: SessionClientTable;
  logout_delivery: LogoutDeliveryTable;
  consent: ConsentTable;
  pushed_request: PushedRequestTable;
  code: CodeTable;
  device_code: DeviceCodeTable;
  refresh_family: RefreshFamilyTable;
  access_token: AccessTokenTable;
  revocation: RevocationTable;
  signing_key: SigningKeyTable;
  one_time_token: OneTimeTokenTable;
  initial_access_token: InitialAccessTokenTable;
  audit_chain: AuditChainTable;
  audit_record: AuditRecordTable;
  outbox: OutboxTable;
  change: ChangeTable;
  change_floor: ChangeFloorTable;
  ephemeral: EphemeralTable;
  bucket: BucketTable;
}
