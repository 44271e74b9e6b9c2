import { isLoopbackHost } from '@countersign/protocol';
import { type LoadedConfig, loadConfig } from '../config/index.ts';
import { createLogger } from '../telemetry/log.ts';
import { type CommonOptions, present } from './command.ts';
import { CommandError } from './command-error.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { ensureDemoClient } from './demo.ts';
import { configSources } from './instance.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import type { Terminal } from './terminal.ts';

const devConfigText = `# Countersign development instance, made by "countersign dev". All settings: countersign config show --explain
environment: dev
`;

export async function dev(terminal: Terminal, options: CommonOptions & { port?: number }): Promise<void> {
  const load = (): LoadedConfig => loadDevConfig(terminal, options);
  const { config } = load();
  refuseOutsideLoopback(load());
  prepareDataDirectory(config, devConfigText);
  const log = createLogger(config.log.level);
  await runUntilStopped({
    config,
    log,
    reload: () => {
      log.level = load().config.log.level;
    },
    onReady: async ({ info, store }) => {
      const demo = await ensureDemoClient(config, store);
      const request = `curl -u '${demo.clientId}:${demo.secret}' -d grant_type=client_credentials ${info.issuer}/oauth2/token`;
      const json = {
        issuer: info.issuer,
        port: info.port,
        internal_port: info.internalPort,
        setup_link: info.setupLink,
        token_request: request,
      };
      present(terminal, options, json, () => [
        `Ready: ${info.issuer}`,
        `  Data in ${config.storage.directory}. Stop with Ctrl-C.`,
        ...(info.setupLink === null
          ? []
          : ['', 'Make the first administrator (works once, for 30 minutes):', `  ${info.setupLink}`]),
        '',
        'Get a token with the demo client:',
        `  ${request}`,
        '',
      ]);
    },
  });
}

function loadDevConfig(terminal: Terminal, options: CommonOptions & { port?: number }): LoadedConfig {
  const set = {
    ...(options.port !== undefined && { 'server.listen': `127.0.0.1:${options.port}` }),
    ...options.set,
  };
  return loadConfig({
    ...configSources(terminal, { ...options, set }),
    honourPort: true,
    defaults: {
      environment: 'dev',
      'iam.bootstrap.mode': 'link',
      'log.level': 'warn',
      // Clients under development run beside it.
      'outbound.allowedNetworks': ['127.0.0.0/8', '::1/128'],
    },
  });
}

/** `dev` gives out a demo client and a set-up link by itself: nobody else may reach it, and it is nobody's production. */
function refuseOutsideLoopback({ config, origins }: LoadedConfig): void {
  const { listen, publicUrl, secure } = config.server;
  if (
    secure ||
    !isLoopbackHost(new URL(publicUrl).hostname) ||
    !(isLoopbackHost(listen.host) || listen.host.startsWith('127.'))
  ) {
    throw new CommandError(
      'not_loopback',
      `dev serves http on this machine only, but the configuration says ${publicUrl} on ${listen.host}.`,
      'For other machines use: countersign serve',
    );
  }
  if (config.environment !== 'dev' && origins.get('environment') !== 'default') {
    throw new CommandError(
      'not_dev',
      `${config.storage.directory} belongs to the environment ${config.environment}; dev would add a demo client to it.`,
      'Use countersign serve, or another directory: countersign dev --data-dir DIR',
    );
  }
}
