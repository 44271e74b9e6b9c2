/** A release as an operator runs it for a certification: https, a host name of its own, a tenant with `oidc-core`. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canary } from '../../../scripts/canaries.ts';
import { makeCertificate } from '../../support/certificate.ts';
import {
  type Countersign,
  findFreePort,
  runCountersign,
  startCountersign,
  temporaryFolder,
} from '../../support/countersign.ts';
import { Browser, type Credentials } from './browser.ts';
import { createWire, type Wire } from './wire.ts';

export const tenant = 'certification';
const host = 'op.countersign.test';

export const person: Credentials = { username: canary.username, password: canary.password };

/** What is known of that person, by wire names. */
export const knownClaims = {
  name: canary.name,
  given_name: 'Ada',
  family_name: 'Canary-Lovelace',
  middle_name: 'King',
  nickname: 'ada',
  profile: 'https://people.example/ada',
  picture: 'https://people.example/ada.png',
  website: 'https://ada.example/',
  gender: 'female',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
  locale: 'en-GB',
  email: canary.email,
  email_verified: true,
  phone_number: canary.phoneNumber,
  phone_number_verified: false,
  address: {
    formatted: '12 St James Square\nLondon',
    street_address: '12 St James Square',
    locality: 'London',
    postal_code: 'SW1Y 4JH',
    country: 'GB',
  },
};

export type Metadata = Readonly<Record<string, unknown>> & {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly userinfo_endpoint: string;
  readonly jwks_uri: string;
  readonly registration_endpoint: string;
  readonly end_session_endpoint: string;
};

export interface Provider {
  readonly server: Countersign;
  readonly issuer: string;
  readonly wire: Wire;
  readonly metadata: Metadata;
  /** A browser of a person who was never here. */
  newBrowser(): Browser;
  cli<T = Record<string, unknown>>(parameters: readonly string[], input?: string): Promise<T>;
}

export async function startProvider(
  cleaning: AsyncDisposableStack,
  name: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Provider> {
  const folder = temporaryFolder(cleaning);
  const { certFile, keyFile, pem } = makeCertificate(folder, host);
  const port = await findFreePort();
  const dataDirectory = join(folder, 'data');
  const publicUrl = `https://${host}:${port}`;
  const init = ['init', '--data-dir', dataDirectory, '--public-url', publicUrl, '--bootstrap', 'link'];
  assert.equal((await runCountersign(init)).status, 0);
  const server = await startCountersign(cleaning, {
    name,
    command: 'serve',
    port,
    dataDirectory,
    env: {
      COUNTERSIGN_SERVER__TLS__CERT_FILE: certFile,
      COUNTERSIGN_SERVER__TLS__KEY_FILE: keyFile,
      // The relying party of these tests answers on the loopback interface.
      COUNTERSIGN_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
      ...settings,
    },
  });
  const inTenant = ['--tenant', tenant];
  await server.cli(['tenant', 'add', tenant, '--profile', 'oidc-core']);
  const claimsFile = join(folder, 'claims.json');
  writeFileSync(claimsFile, JSON.stringify(knownClaims));
  await server.cli(
    ['user', 'add', '--username', person.username, '--claims', claimsFile, '--password-stdin', ...inTenant],
    person.password,
  );
  const issuer = `${publicUrl}/t/${tenant}`;
  const wire = createWire(host, pem);
  const document = await wire(`${issuer}/.well-known/openid-configuration`);
  assert.equal(document.status, 200);
  return {
    server,
    issuer,
    wire,
    metadata: document.json<Metadata>(),
    newBrowser: () => new Browser(wire, publicUrl),
    cli: (parameters, input) => server.cli([...parameters, ...inTenant], input),
  };
}
