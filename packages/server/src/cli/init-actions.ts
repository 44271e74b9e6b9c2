import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configFileName, loadConfig } from '../config/index.ts';
import { type CommonOptions, present } from './command.ts';
import { CommandError } from './command-error.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { configSources, withLoadedInstance } from './instance.ts';
import { facts } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Also finishes what an interrupted `init` began. Refuses a directory that is set up. */
export async function initialise(
  terminal: Terminal,
  options: CommonOptions & { publicUrl?: string; bootstrap?: string },
): Promise<void> {
  const flags = {
    ...options.set,
    ...(options.publicUrl !== undefined && { 'server.publicUrl': options.publicUrl }),
    ...(options.bootstrap !== undefined && { 'iam.bootstrap.mode': options.bootstrap }),
  };
  const loaded = loadConfig(configSources(terminal, { ...options, set: flags }));
  const { config } = loaded;
  const { directory } = config.storage;
  const configFile = join(directory, configFileName);
  if (existsSync(configFile)) {
    throw new CommandError(
      'already_initialised',
      `${directory} is set up already.`,
      `Nothing was changed. See its settings: countersign config show --data-dir ${directory}`,
    );
  }
  prepareDataDirectory(config, configText(flags));
  await withLoadedInstance(loaded, async () => undefined);
  const json = {
    directory,
    config_file: configFile,
    envelope_key_file: config.secrets.envelopeKeyFile,
    rate_limit_secret_file: config.rateLimits.secretFile,
  };
  present(terminal, options, json, () => [
    `Set up ${directory}.`,
    ...facts([
      ['configuration', configFile],
      [
        'envelope key',
        `${config.secrets.envelopeKeyFile} (keep a copy elsewhere: without it the store does not open)`,
      ],
    ]),
    `Next: countersign client add --id web --redirect-uri https://app.example/callback --data-dir ${directory}`,
    `Then: countersign serve --data-dir ${directory}`,
  ]);
}

/** What was asked for is set; the rest is shown with its default, commented out. */
function configText(flags: Readonly<Record<string, string>>): string {
  const publicUrl = flags['server.publicUrl'];
  const mode = flags['iam.bootstrap.mode'];
  return `# Countersign process settings. All of them, with help: countersign config show --explain
# Tenants, clients and users are not here: they live in the store.
server:
  ${publicUrl === undefined ? '# publicUrl: https://login.example.com' : `publicUrl: ${JSON.stringify(publicUrl)}`}
  # listen: 127.0.0.1:9400
iam:
  bootstrap:
    ${mode === undefined ? '# mode: link' : `mode: ${mode}`}
`;
}
