import { auditChange } from '../tenants/index.ts';
import { type CommonOptions, present } from './command.ts';
import { CommandError } from './command-error.ts';
import { type Instance, revocationSeconds, withInstance } from './instance.ts';
import { readSecretInput } from './secret-input.ts';
import { facts, formatTime } from './table.ts';
import { paint, type Terminal } from './terminal.ts';
import { findToken, type TokenFinding } from './token-lookup.ts';

type Options = CommonOptions & { readonly tenant?: string };

/** What a jti of ours looks like, and any other server's plausible one. */
const jtiForm = /^[A-Za-z0-9._~-]{8,128}$/;

export async function inspectToken(terminal: Terminal, argument: string, options: Options): Promise<void> {
  const text = await readToken(terminal, argument);
  await withInstance(terminal, options, async (instance) => {
    const finding = await findToken(instance, text, options.tenant);
    if (finding.kind === 'unknown') {
      throw new CommandError(
        'unknown_token',
        `This is no token that the tenant ${finding.tenant} can read: made up, cut off, swept after its expiry, or of another tenant.`,
        'Name another tenant: --tenant ID',
      );
    }
    present(terminal, options, toJson(finding), () => describeToken(terminal, finding));
  });
}

export async function revokeToken(terminal: Terminal, argument: string, options: Options): Promise<void> {
  const text = await readToken(terminal, argument);
  await withInstance(terminal, options, async (instance) => {
    const finding = await findToken(instance, text, options.tenant);
    const { tenant } = finding;
    await instance.tenants.get(tenant);
    if (finding.kind === 'refresh-token') {
      const revoked = await revokeFamily(instance, tenant, finding.family.id);
      present(terminal, options, { kind: finding.kind, tenant, id: finding.family.id, revoked: true }, () => [
        revoked
          ? 'Revoked the refresh token, its successors and the access tokens it gave.'
          : 'The refresh token was revoked already.',
      ]);
      return;
    }
    if (finding.kind === 'id-token') {
      throw new CommandError(
        'not_revocable',
        'This is an ID token: it was a statement at its time and cannot be taken back.',
        'End the session it tells of: countersign session end SID',
      );
    }
    const jti = finding.kind === 'access-token' ? String(finding.claims.jti) : readJti(text);
    await revokeAccessToken(instance, tenant, jti);
    present(terminal, options, { kind: 'access-token', tenant, jti, revoked: true }, () => [
      `Revoked the access token ${jti} of the tenant ${tenant}.`,
      ...(finding.kind === 'unknown'
        ? ['  Whether one with this jti was issued is not known: tokens in JWT form are not stored.']
        : []),
    ]);
  });
}

async function readToken(terminal: Terminal, argument: string): Promise<string> {
  return argument === '-' ? readSecretInput(terminal, 'token') : argument;
}

function readJti(text: string): string {
  if (text.startsWith('cs_') || !jtiForm.test(text)) {
    throw new CommandError(
      'unknown_token',
      'This is neither a token of this tenant nor the jti of one.',
      'Name another tenant: --tenant ID',
    );
  }
  return text;
}

async function revokeAccessToken(instance: Instance, tenant: string, jti: string): Promise<void> {
  const asked = instance.requester();
  const revocation = {
    tenant,
    kind: 'token' as const,
    id: jti,
    revokedAt: asked.now,
    expiresAt: asked.now + revocationSeconds,
  };
  const entry = auditChange(asked, {
    tenant,
    action: 'token.revoked',
    target: { kind: 'token', id: jti },
    details: { cause: 'operator' },
  });
  await instance.store.revocations.add(revocation, { audit: [entry] });
}

async function revokeFamily(instance: Instance, tenant: string, id: string): Promise<boolean> {
  const asked = instance.requester();
  const revocation = {
    tenant,
    kind: 'grant' as const,
    id,
    revokedAt: asked.now,
    expiresAt: asked.now + revocationSeconds,
  };
  const entry = auditChange(asked, {
    tenant,
    action: 'grant.revoked',
    target: { kind: 'grant', id },
    details: { cause: 'operator' },
  });
  return instance.store.refreshFamilies.revoke(tenant, id, revocation, { audit: [entry] });
}

function toJson(finding: Exclude<TokenFinding, { kind: 'unknown' }>): Record<string, unknown> {
  const state = { active: finding.dead === null, ...(finding.dead !== null && { reason: finding.dead }) };
  if (finding.kind !== 'refresh-token') {
    const { kind, format, tenant, header, claims } = finding;
    return { kind, format, tenant, ...state, ...(header !== null && { header }), claims };
  }
  return { kind: finding.kind, tenant: finding.tenant, ...state, ...familyMembers(finding) };
}

function describeToken(
  terminal: Terminal,
  finding: Exclude<TokenFinding, { kind: 'unknown' }>,
): readonly string[] {
  const what = finding.kind.replace('-', ' ').replace('id token', 'ID token');
  const article = finding.kind === 'refresh-token' ? 'a' : 'an';
  const sentence = `${article} ${what} of the tenant ${finding.tenant}`;
  const headline =
    finding.dead === null
      ? `${paint(terminal, 'ok', 'Alive')}: ${sentence}.`
      : `${paint(terminal, 'bad', 'Dead')}: ${sentence}; ${finding.dead}.`;
  const header = finding.kind === 'refresh-token' ? {} : (finding.header ?? {});
  const members = finding.kind === 'refresh-token' ? familyMembers(finding) : finding.claims;
  return [
    headline,
    ...facts([
      ...Object.entries(header).map(
        ([name, value]) => [`header ${name}`, describeValue(name, value)] as const,
      ),
      ...Object.entries(members).map(([name, value]) => [name, describeValue(name, value)] as const),
    ]),
  ];
}

function familyMembers({ family, generation }: Extract<TokenFinding, { kind: 'refresh-token' }>) {
  return {
    generation,
    grant_id: family.id,
    client_id: family.clientId,
    sub: family.subject,
    sid: family.sessionId,
    scope: family.scope.join(' '),
    created_at: family.createdAt,
    idle_expires_at: family.idleExpiresAt,
    expires_at: family.expiresAt,
  };
}

function describeValue(name: string, value: unknown): string {
  const isTime = typeof value === 'number' && /^(?:exp|iat|nbf|auth_time|.*_at)$/.test(name);
  if (isTime) return formatTime(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
