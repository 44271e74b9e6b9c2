import { isJsonObject } from './jose/strict-json.ts';
import type { SubjectKind } from './subject-id.ts';

export type SubjectMetadataErrorCode =
  | 'not_an_object'
  | 'unknown_member'
  | 'not_primitive'
  | 'empty'
  | 'too_long';

/** Metadata of a subject was refused; `member` names the culprit, if it is a known one. */
export class SubjectMetadataError extends Error {
  override readonly name = 'SubjectMetadataError';
  readonly code: SubjectMetadataErrorCode;
  readonly member: string | undefined;

  constructor(code: SubjectMetadataErrorCode, member?: string) {
    super(member === undefined ? `subject metadata: ${code}` : `subject metadata ${member}: ${code}`);
    this.code = code;
    this.member = member;
  }
}

export type SubjectMetadata = Readonly<Record<string, string | number | boolean>>;

/** What may be told of each kind of subject; nothing else is stored. */
export const subjectMetadataMembers: Readonly<Record<SubjectKind, readonly string[]>> = {
  usr: ['email', 'display_name', 'consent_id'],
  agt: ['agent_type', 'version', 'specialist_role', 'owner', 'purpose'],
  svc: ['service_name', 'endpoint', 'oauth_provider'],
  sys: ['component', 'module_path'],
};

const maxLength = 512;

/**
 * Checks the metadata of a subject: only members of its kind, each a non-empty string of at most 512 characters without
 * control characters, a finite number or a boolean. Which members a kind needs, and that an e-mail address is one, are
 * not checked here.
 * @throws {SubjectMetadataError}
 */
export function validateSubjectMetadata(kind: SubjectKind, metadata: unknown): SubjectMetadata {
  if (!isJsonObject(metadata)) throw new SubjectMetadataError('not_an_object');
  const members = Object.entries(metadata).map(([name, value]) => {
    if (!subjectMetadataMembers[kind].includes(name)) throw new SubjectMetadataError('unknown_member');
    return [name, primitive(name, value)] as const;
  });
  return Object.fromEntries(members);
}

function primitive(name: string, value: unknown): string | number | boolean {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (typeof value !== 'string' || /\p{Cc}/u.test(value))
    throw new SubjectMetadataError('not_primitive', name);
  if (value.trim() === '') throw new SubjectMetadataError('empty', name);
  if (value.length > maxLength) throw new SubjectMetadataError('too_long', name);
  return value;
}
