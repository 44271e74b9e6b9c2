import { createHash } from 'node:crypto';

/** usr: a person. agt: an agent. svc: a service. sys: a system component. */
export type SubjectKind = 'usr' | 'agt' | 'svc' | 'sys';

export interface SubjectId {
  readonly kind: SubjectKind;
  readonly tenant: string;
  /** The identifier itself, in its one canonical form. */
  readonly text: string;
}

export type SubjectIdErrorCode = 'malformed' | 'wrong_checksum' | 'foreign_tenant' | 'invalid_tenant';

/** A subject or tenant identifier was refused. The message does not repeat it. */
export class SubjectIdError extends Error {
  override readonly name = 'SubjectIdError';
  readonly code: SubjectIdErrorCode;

  constructor(code: SubjectIdErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 22;
const checksumLength = 5;
const maxRandom = 2n ** 128n;
const form = /^(USR|AGT|SVC|SYS)-(.{1,63})-([0-9A-Za-z]{22})-([0-9A-Za-z]{5})$/;
const tenantForm = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The tenant of the deployment's operators, and the only name outside the slug form. */
export const systemTenant = '_system';

/** Every kind, for tables and loops. */
export const subjectKinds: readonly SubjectKind[] = ['usr', 'agt', 'svc', 'sys'];

/**
 * Issues `KIND-tenant-random-checksum` from 16 random bytes. Uniqueness is that of the bytes: take them from a
 * cryptographic source.
 * @throws {SubjectIdError} `malformed` unless there are 16 bytes, `invalid_tenant`
 */
export function issueSubjectId(kind: SubjectKind, tenant: string, random: Uint8Array): string {
  if (random.length !== 16) throw new SubjectIdError('malformed', 'a subject id takes 16 random bytes');
  const body = `${kind.toUpperCase()}-${parseTenantId(tenant)}-${base62Encode(random, randomLength)}`;
  return `${body}-${checksum(body)}`;
}

/**
 * The same identifier for the same kind, tenant and seed, at any time and on any node. Whoever knows the seed knows the
 * identifier: it names, it does not hide.
 * @throws {SubjectIdError} `invalid_tenant`
 */
export function deterministicSubjectId(kind: SubjectKind, tenant: string, seed: string): string {
  const input = JSON.stringify(['countersign subject id v1', kind, parseTenantId(tenant), seed]);
  return issueSubjectId(kind, tenant, createHash('sha256').update(input).digest().subarray(0, 16));
}

/**
 * Parses the canonical form only, checksum included. The checksum finds typing errors; it proves nothing about who
 * issued the identifier, nor that the subject exists.
 * @throws {SubjectIdError} `malformed`, `invalid_tenant`, `wrong_checksum`
 */
export function parseSubjectId(text: string): SubjectId {
  const match = form.exec(text);
  const [, prefix = '', tenant = '', random = '', check = ''] = match ?? [];
  const kind = subjectKinds.find((candidate) => candidate.toUpperCase() === prefix);
  if (kind === undefined || decodeBase62(random) >= maxRandom) {
    throw new SubjectIdError('malformed', 'not a subject id');
  }
  parseTenantId(tenant);
  if (checksum(`${prefix}-${tenant}-${random}`) !== check) {
    throw new SubjectIdError('wrong_checksum', 'a subject id with a wrong checksum');
  }
  return { kind, tenant, text };
}

/**
 * As {@link parseSubjectId}, and the identifier belongs to the tenant.
 * @throws {SubjectIdError} also `foreign_tenant`
 */
export function validateSubjectId(text: string, tenant: string): SubjectId {
  const subject = parseSubjectId(text);
  if (subject.tenant !== tenant) throw new SubjectIdError('foreign_tenant', "another tenant's subject id");
  return subject;
}

/**
 * Parses a tenant id: lower-case letters, digits and inner hyphens, at most 63; or the reserved `_system`. Whether the
 * reserved one may be named here is the caller's to decide.
 * @throws {SubjectIdError} `invalid_tenant`
 */
export function parseTenantId(text: string): string {
  if (text !== systemTenant && !tenantForm.test(text)) {
    throw new SubjectIdError(
      'invalid_tenant',
      'a tenant id is 1 to 63 lower-case letters, digits and inner hyphens',
    );
  }
  return text;
}

/**
 * The bytes as one big-endian number in base 62, padded with zeros to a fixed length.
 * @throws {SubjectIdError} `malformed` if the number does not fit
 */
export function base62Encode(bytes: Uint8Array, length: number): string {
  let value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = '';
  for (let place = 0; place < length; place += 1) {
    text = digits.charAt(Number(value % 62n)) + text;
    value /= 62n;
  }
  if (value > 0n) throw new SubjectIdError('malformed', 'a number too large for its base62 length');
  return text;
}

function decodeBase62(text: string): bigint {
  return [...text].reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n);
}

function checksum(body: string): string {
  const hash = createHash('sha256').update(body).digest().readBigUInt64BE(0);
  const value = Buffer.alloc(8);
  value.writeBigUInt64BE(hash % 62n ** BigInt(checksumLength));
  return base62Encode(value, checksumLength);
}
