/** An installation opened by a local command, beside a running server or without one. */
import { existsSync } from 'node:fs';
import { createAuditLog } from '../audit/log.ts';
import {
  type Clients,
  createClients,
  createInitialAccessTokens,
  createSealedReferenceCheck,
  createSectorDocumentCheck,
  type InitialAccessTokens,
} from '../clients/index.ts';
import { type ConfigSources, type LoadedConfig, loadConfig } from '../config/index.ts';
import { loadEnvelopeKeys } from '../keys/envelope.ts';
import type { KeyManager } from '../keys/index.ts';
import { createVault } from '../keys/vault.ts';
import type { Vault } from '../ports.ts';
import { openStores, type Store } from '../storage/index.ts';
import {
  createGroups,
  createPasswordHasher,
  createPasswordRules,
  createUsers,
  type Groups,
  type PasswordHasher,
  type Users,
} from '../subjects/index.ts';
import { systemClock, systemRandom } from '../system.ts';
import { createLogger } from '../telemetry/log.ts';
import { createTenants, type Requester, type Tenants } from '../tenants/index.ts';
import type { CommonOptions } from './command.ts';
import { CommandError } from './command-error.ts';
import { lazyOutbound } from './lazy-outbound.ts';
import type { Terminal } from './terminal.ts';

export interface Instance extends LoadedConfig {
  readonly store: Store;
  readonly vault: Vault;
  readonly hasher: PasswordHasher;
  readonly tenants: Tenants;
  readonly clients: Clients;
  readonly initialTokens: InitialAccessTokens;
  readonly users: Users;
  readonly groups: Groups;
  /** The operator at the command line, at this moment. */
  requester(): Requester;
  keyManager(): Promise<KeyManager>;
}

/** A revocation is remembered as long as any access token may live, whatever the setting was when it was issued. */
export const revocationSeconds = 86_400 + 60;

export function configSources(terminal: Terminal, options: CommonOptions): ConfigSources {
  return { env: terminal.env, file: options.config, flags: options.set, dataDirectory: options.dataDir };
}

/** Opens, works, and closes cleanly whatever happens. */
export async function withInstance<Result>(
  terminal: Terminal,
  options: CommonOptions,
  work: (instance: Instance) => Promise<Result>,
): Promise<Result> {
  refuseRemote(terminal);
  const loaded = loadConfig(configSources(terminal, options));
  return withLoadedInstance(loaded, work);
}

export async function withLoadedInstance<Result>(
  loaded: LoadedConfig,
  work: (instance: Instance) => Promise<Result>,
): Promise<Result> {
  requireDataDirectory(loaded);
  const { config } = loaded;
  const vault = createVault(loadEnvelopeKeys(config.secrets.envelopeKeyFile));
  const { store } = await openStores(config.storage, {
    processName: 'cli',
    clock: systemClock.now,
  });
  try {
    const instance = assemble(loaded, vault, store);
    await instance.tenants.ensureBuiltIn(instance.requester());
    return await work(instance);
  } finally {
    await store.close();
  }
}

function assemble(loaded: LoadedConfig, vault: Vault, store: Store): Instance {
  const { config } = loaded;
  const random = systemRandom;
  const hasher = createPasswordHasher({
    concurrency: config.passwords.hashConcurrency,
    queue: config.passwords.hashQueue,
  });
  const audit = createAuditLog({ store: store.audit, vault, log: createLogger('silent') });
  return {
    ...loaded,
    store,
    vault,
    hasher,
    tenants: createTenants(store.tenants, config.features),
    clients: createClients({
      store: store.clients,
      hasher,
      random,
      revocationSeconds,
      features: config.features,
      checks: [
        createSealedReferenceCheck(config.outbound),
        createSectorDocumentCheck({ outbound: lazyOutbound(config) }),
      ],
    }),
    initialTokens: createInitialAccessTokens({ store: store.initialAccessTokens, random }),
    groups: createGroups({ groups: store.groups, random }),
    users: createUsers({
      subjects: store.subjects,
      sessions: store.sessions,
      hasher,
      rules: createPasswordRules({ minLength: config.passwords.minLength }),
      vault,
      sealPersonal: audit.sealPersonal,
      random,
      revocationSeconds,
    }),
    requester: () => ({
      actor: { kind: 'operator', id: 'cli' },
      traceId: Buffer.from(random.bytes(16)).toString('hex'),
      now: systemClock.now(),
    }),
    async keyManager() {
      const { createKeyManager, createLocalSigner } = await import('../keys/index.ts');
      const signer = createLocalSigner({ vault });
      return createKeyManager({
        store: store.keys,
        changes: store.changes,
        signer,
        clock: systemClock,
        times: config.keys,
        features: config.features,
        environment: config.environment,
      });
    },
  };
}

/** Local commands and `serve` act on what is there; only `init` and `dev` make it. */
export function requireDataDirectory({ config }: LoadedConfig): void {
  const { directory } = config.storage;
  if (!existsSync(directory)) {
    throw new CommandError(
      'no_data_directory',
      `There is no Countersign data directory at ${directory}.`,
      'Make one: countersign init    Or start a development instance: countersign dev    Or name another: --data-dir DIR',
    );
  }
  if (!existsSync(config.secrets.envelopeKeyFile)) {
    throw new CommandError(
      'not_initialised',
      `${directory} is not set up: ${config.secrets.envelopeKeyFile} is missing.`,
      'Set it up: countersign init    Or, if it was in use before, put the key back from your backup.',
    );
  }
}

/** Changing the data directory where somebody meant a remote server would be worse than doing nothing. */
function refuseRemote({ env }: Terminal): void {
  if (env.COUNTERSIGN_URL === undefined || env.COUNTERSIGN_URL === '') return;
  throw new CommandError(
    'remote_not_supported',
    'COUNTERSIGN_URL names a remote server, but this version acts on a data directory only.',
    'Unset COUNTERSIGN_URL and run the command on the server.',
  );
}
