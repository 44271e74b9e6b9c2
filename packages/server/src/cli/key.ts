import { type Command, Option } from 'commander';
import {
  type CommandParts,
  type CommonOptions,
  group,
  localCommand,
  type TenantOption,
  withTenant,
} from './command.ts';

type Options = CommonOptions & TenantOption;

export function registerKey(program: Command, { terminal }: CommandParts): void {
  const key = group(program, 'key', 'Signing keys: next, current, retired.', 'countersign key list');
  const actions = () => import('./key-actions.ts');
  const secretActions = () => import('./secret-key-actions.ts');
  const algorithm = () =>
    new Option('--alg <alg>', "signing algorithm; default the tenant's").choices([
      'ES256',
      'EdDSA',
      'Ed25519',
      'RS256',
      'PS256',
      'ML-DSA-44',
      'ML-DSA-65',
    ]);

  withTenant(
    localCommand(key, 'list', 'List the keys of a tenant.', 'countersign key list --tenant acme'),
  ).action(async (options: Options) => (await actions()).listKeys(terminal, options));

  withTenant(
    localCommand(
      key,
      'rotate',
      'Replace the signing key, or publish its successor and name the time left.',
      'countersign key rotate',
    ),
  )
    .addOption(algorithm())
    .option(
      '--emergency',
      'do not wait for publication: clients that cache our keys will refuse tokens for a while',
    )
    .addOption(
      new Option(
        '--secrets',
        'rotate the envelope key, the keys derived from it and the key of the rate-limit buckets instead',
      ).conflicts(['alg', 'emergency', 'tenant']),
    )
    .action(async (options: Options & { alg?: string; emergency?: boolean; secrets?: boolean }) =>
      options.secrets === true
        ? (await secretActions()).rotateSecrets(terminal, options)
        : (await actions()).rotateKey(terminal, options),
    );

  localCommand(
    key,
    'rewrap',
    'Seal everything anew under the newest envelope key; safe to interrupt and to repeat.',
    'countersign key rewrap --drop-old',
  )
    .option('--drop-old', 'then remove older keys, once nothing can need them any more')
    .action(async (options: CommonOptions & { dropOld?: boolean }) =>
      (await secretActions()).rewrapSecrets(terminal, options),
    );

  withTenant(
    localCommand(
      key,
      'import',
      'Import a private key; it waits like a new one.',
      'countersign key import --pem key.pem --alg ES256',
    ),
  )
    .requiredOption('--pem <file>', 'private key, PKCS#8 PEM without passphrase')
    .addOption(algorithm())
    .action(async (options: Options & { pem: string; alg?: string }) =>
      (await actions()).importKey(terminal, options),
    );
}
