import { loadConfig } from '../config/index.ts';
import { createLogger } from '../telemetry/log.ts';
import { type CommonOptions, present } from './command.ts';
import { configSources, requireDataDirectory } from './instance.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import type { Terminal } from './terminal.ts';

export async function serve(terminal: Terminal, options: CommonOptions): Promise<void> {
  const load = () => loadConfig(configSources(terminal, options));
  const loaded = load();
  requireDataDirectory(loaded);
  const log = createLogger(loaded.config.log.level);
  await runUntilStopped({
    config: loaded.config,
    log,
    reload: () => {
      log.level = load().config.log.level;
    },
    onReady: async ({ info }) => {
      present(
        terminal,
        options,
        {
          issuer: info.issuer,
          port: info.port,
          internal_port: info.internalPort,
          setup_link: info.setupLink,
        },
        () => [
          `Ready: ${info.issuer}`,
          ...(info.setupLink === null
            ? []
            : ['Make the first administrator (works once, for 30 minutes):', info.setupLink]),
        ],
      );
    },
  });
}
