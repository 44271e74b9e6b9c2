/** The options of `tenant set` about clients that register themselves, and how their settings are shown. */
import { isJsonObject, JoseError, type JwkSet, parseJwkSet } from '@countersign/protocol/jose';
import { type Command, Option } from 'commander';
import type { DynamicClientSettings, StatementIssuer, TenantSettings } from '../storage/index.ts';
import type { SettingsChange } from '../tenants/index.ts';
import { repeated, wholeNumber } from './command.ts';
import { CommandError } from './command-error.ts';
import { grantName, registeredGrant } from './grant-names.ts';
import { readJsonFile } from './json-file.ts';
import { formatDuration } from './table.ts';

export interface DynamicClientOptions {
  readonly dynamicRegistration?: TenantSettings['dynamicRegistration'];
  readonly dynamicMax?: number;
  readonly dynamicPerHour?: number;
  readonly dynamicUses?: number;
  readonly dynamicGrant?: readonly string[];
  readonly dynamicScope?: string;
  readonly dynamicDefaultScope?: string;
  readonly dynamicNeverUsed?: number;
  readonly dynamicUnused?: number;
  readonly statementIssuers?: string;
}

export function dynamicClientOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--dynamic-registration <who>', 'who may register clients').choices([
        'off',
        'token',
        'open',
      ]),
    )
    .option('--dynamic-max <number>', 'such clients at most', wholeNumber)
    .option('--dynamic-per-hour <number>', 'registrations an hour from one address', wholeNumber)
    .option('--dynamic-uses <number>', 'uses of an initial token at most', wholeNumber)
    .option('--dynamic-grant <grant>', 'grant that they may have; repeatable', repeated)
    .option('--dynamic-scope <scopes>', 'what they may ask for')
    .option('--dynamic-default-scope <scopes>', 'what they get when they name none')
    .option('--dynamic-never-used <seconds>', 'life of one that never had a token', wholeNumber)
    .option('--dynamic-unused <seconds>', 'life after the last token', wholeNumber)
    .option('--statement-issuers <file>', 'whose software statements count, or none');
}

export function readDynamicClients(options: DynamicClientOptions): SettingsChange {
  const { dynamicRegistration, statementIssuers } = options;
  const named = {
    maxClients: options.dynamicMax,
    registrationsPerHour: options.dynamicPerHour,
    maxUsesPerToken: options.dynamicUses,
    allowedGrants: options.dynamicGrant?.map(registeredGrant),
    allowedScope: words(options.dynamicScope),
    defaultScope: words(options.dynamicDefaultScope),
    neverUsedSeconds: options.dynamicNeverUsed,
    unusedSeconds: options.dynamicUnused,
    statementIssuers: statementIssuers === undefined ? undefined : readIssuers(statementIssuers),
  };
  const dynamicClients = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  return {
    ...(dynamicRegistration !== undefined && { dynamicRegistration }),
    ...(Object.keys(dynamicClients).length > 0 && { dynamicClients }),
  };
}

export function dynamicClientsToJson(settings: DynamicClientSettings): Record<string, unknown> {
  return {
    max_clients: settings.maxClients,
    registrations_per_hour: settings.registrationsPerHour,
    max_uses_per_token: settings.maxUsesPerToken,
    allowed_grants: settings.allowedGrants,
    allowed_scope: settings.allowedScope.join(' '),
    default_scope: settings.defaultScope.join(' '),
    never_used_seconds: settings.neverUsedSeconds,
    unused_seconds: settings.unusedSeconds,
    statement_issuers: settings.statementIssuers.map((entry) =>
      'jwks' in entry ? entry : { issuer: entry.issuer, jwks_uri: entry.jwksUri },
    ),
  };
}

/** Nothing but the one word while it is off: the bounds of nothing help nobody. */
export function dynamicClientFacts({
  dynamicRegistration,
  dynamicClients,
}: TenantSettings): readonly (readonly [string, string])[] {
  if (dynamicRegistration === 'off') return [['dynamic registration', 'off']];
  const { maxClients, registrationsPerHour, neverUsedSeconds, unusedSeconds } = dynamicClients;
  return [
    ['dynamic registration', dynamicRegistration],
    ['dynamic clients', `at most ${maxClients}, ${registrationsPerHour} an hour from one address`],
    ['dynamic grants', dynamicClients.allowedGrants.map(grantName).join(' ')],
    ['dynamic scope', dynamicClients.allowedScope.join(' ')],
    ['dynamic default scope', dynamicClients.defaultScope.join(' ')],
    [
      'dynamic clients go',
      `never used after ${formatDuration(neverUsedSeconds)}, unused after ${formatDuration(unusedSeconds)}`,
    ],
    ['statement issuers', dynamicClients.statementIssuers.map(({ issuer }) => issuer).join(' ')],
  ];
}

function words(text: string | undefined): readonly string[] | undefined {
  return text?.split(' ').filter((word) => word !== '');
}

function readIssuers(path: string): readonly StatementIssuer[] {
  if (path === 'none') return [];
  const expected = {
    code: 'invalid_statement_issuers',
    what: 'a list of statement issuers',
    looksLike: '{"issuers": [{"issuer": "https://registry.example", "jwks": {"keys": […]}}]}',
  };
  const { issuers } = readJsonFile(path, expected);
  if (Array.isArray(issuers) && issuers.every(isJsonObject))
    return issuers.map((entry) => readIssuer(path, entry));
  throw new CommandError(
    expected.code,
    `${path} is not ${expected.what}.`,
    `It looks like ${expected.looksLike}.`,
  );
}

function readIssuer(path: string, entry: Readonly<Record<string, unknown>>): StatementIssuer {
  const { issuer, jwks, jwks_uri: jwksUri, ...others } = entry;
  const isNamed = typeof issuer === 'string' && Object.keys(others).length === 0;
  if (isNamed && typeof jwksUri === 'string' && jwks === undefined) return { issuer, jwksUri };
  if (isNamed && isJsonObject(jwks) && jwksUri === undefined) {
    return { issuer, jwks: readKeys(issuer, jwks) };
  }
  throw new CommandError(
    'invalid_statement_issuers',
    `${path} has an entry that is not an issuer with either jwks or jwks_uri.`,
  );
}

function readKeys(issuer: string, jwks: Readonly<Record<string, unknown>>): JwkSet {
  try {
    return parseJwkSet(jwks, { onUnusable: 'refuse' });
  } catch (error) {
    if (!(error instanceof JoseError)) throw error;
    const problem = `The keys of the statement issuer ${issuer} are not usable: ${error.message}.`;
    throw new CommandError('invalid_statement_issuers', problem, undefined, { cause: error });
  }
}
