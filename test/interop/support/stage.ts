/** A Countersign, a browser and a person, ready for one peer. */
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { canary } from '../../../scripts/canaries.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { launchChromium, openVisitor, type Visitor } from '../../support/chromium.ts';
import {
  type Countersign,
  findFreePort,
  runCountersign,
  startCountersign,
  temporaryFolder,
} from '../../support/countersign.ts';
import { openWayOut } from './way-out.ts';

export interface Stage {
  readonly server: Countersign;
  /** Of the tenant that the peer belongs to. */
  readonly issuer: string;
  /** Runs a command of the server on that tenant. */
  cli<Answer>(parameters: readonly string[], input?: string): Promise<Answer>;
  readonly browser: Browser;
  /** For files of the test; its path holds a space. */
  readonly folder: string;
  /** The person's `sub`; the other claims are the canary's. */
  readonly sub: string;
  /** What a peer needs in order to reach the server; undefined for one on http and localhost. */
  readonly secure: SecureAccess | undefined;
  visit(): Promise<Visitor>;
}

export interface SecureAccess {
  /** PEM of what to trust. */
  readonly caFile: string;
  /** Forward proxy that knows the server's name. */
  readonly proxy: string;
}

export interface StageOptions {
  /** Names the kept log. */
  readonly name: string;
  /** https under a name that is not localhost: its certificate has to be trusted and its name resolved. */
  readonly secure: boolean;
  /** Another tenant than the default one, whose issuer has a path. */
  readonly tenant?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

const host = 'countersign.test';

export async function openStage(
  cleaning: AsyncDisposableStack,
  { name, secure, tenant, settings = {} }: StageOptions,
): Promise<Stage> {
  const folder = temporaryFolder(cleaning);
  const certificate = secure ? makeCertificate(folder, host) : undefined;
  const server = await (certificate === undefined
    ? startCountersign(cleaning, { name: `interop-${name}`, env: settings })
    : startSecurely(cleaning, name, join(folder, 'data'), certificate, settings));
  const switches = certificate === undefined ? [] : browserSwitches(certificate.pem);
  const browser = await launchChromium(cleaning, switches);
  if (tenant !== undefined) await server.cli(['tenant', 'add', tenant]);
  const inTenant = tenant === undefined ? [] : ['--tenant', tenant];
  const cli: Stage['cli'] = (parameters, input) => server.cli([...parameters, ...inTenant], input);
  return {
    server,
    issuer: tenant === undefined ? server.issuer : `${server.issuer}/t/${tenant}`,
    cli,
    browser,
    folder,
    sub: await addPerson(cli, folder),
    secure:
      certificate === undefined
        ? undefined
        : { caFile: certificate.certFile, proxy: await openWayOut(cleaning) },
    visit: () => openVisitor(browser),
  };
}

async function startSecurely(
  cleaning: AsyncDisposableStack,
  name: string,
  dataDirectory: string,
  { certFile, keyFile }: { readonly certFile: string; readonly keyFile: string },
  settings: Readonly<Record<string, string>>,
): Promise<Countersign> {
  const port = await findFreePort();
  const set = ['--data-dir', dataDirectory, '--public-url', `https://${host}:${port}`, '--bootstrap', 'link'];
  const { status, stderr } = await runCountersign(['init', ...set]);
  assert.equal(status, 0, stderr);
  return startCountersign(cleaning, {
    name: `interop-${name}`,
    command: 'serve',
    port,
    dataDirectory,
    env: {
      COUNTERSIGN_SERVER__TLS__CERT_FILE: certFile,
      COUNTERSIGN_SERVER__TLS__KEY_FILE: keyFile,
      ...settings,
    },
  });
}

/** The name leads to this machine, and this one key is trusted for it. */
function browserSwitches(pem: string): readonly string[] {
  const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  const pin = createHash('sha256').update(key).digest('base64');
  return [`--host-resolver-rules=MAP ${host} 127.0.0.1`, `--ignore-certificate-errors-spki-list=${pin}`];
}

async function addPerson(cli: Stage['cli'], folder: string): Promise<string> {
  const claims = join(folder, 'claims.json');
  writeFileSync(claims, JSON.stringify({ email: canary.email, email_verified: true, name: canary.name }));
  const added = ['user', 'add', '--username', canary.username, '--claims', claims, '--password-stdin'];
  const { id } = await cli<{ readonly id: string }>(added, canary.password);
  return id;
}

/** For peers that the server calls: they are on this machine. */
export const mayCallPeers = { COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8,::1/128' };

/** For peers that refresh by themselves: an access token ends while the test looks on. */
export const shortAccess = { COUNTERSIGN_LIFETIMES__ACCESS_TOKEN_SECONDS: '3' };

/** Repeats `act` until the client has refreshed more often than before; asserts that it does within the life of a few tokens. */
export async function assertRefreshedBy(
  stage: Stage,
  clientId: string,
  act: () => Promise<void>,
): Promise<void> {
  const before = await countRefreshes(stage, clientId);
  const deadline = performance.now() + 20_000;
  do {
    assert.ok(performance.now() < deadline, `${clientId} refreshes its access token before or when it ends`);
    await sleep(500);
    await act();
  } while ((await countRefreshes(stage, clientId)) <= before);
  // The token that came of it works.
  await act();
}

async function countRefreshes({ cli }: Stage, clientId: string): Promise<number> {
  const { records } = await cli<{ readonly records: readonly AuditLine[] }>([
    'audit',
    'list',
    '--limit',
    '500',
  ]);
  return records.filter(
    ({ action, actor, details }) =>
      action === 'token.issued' && actor.id === clientId && details.grant === 'refresh_token',
  ).length;
}

interface AuditLine {
  readonly action: string;
  readonly actor: { readonly id: string };
  readonly details: Readonly<Record<string, unknown>>;
}
