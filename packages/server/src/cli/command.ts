/** What all commands have in common: options, output, and how an action becomes an exit code. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Terminal } from './terminal.ts';

export interface CommonOptions {
  readonly dataDir?: string;
  readonly config?: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

export interface TenantOption {
  readonly tenant: string;
}

export interface CommandParts {
  readonly terminal: Terminal;
  /** For a command whose outcome is more than done. */
  readonly setExitCode: (code: number) => void;
}

/** A command that reads a configuration and acts on a data directory. */
export function localCommand(
  parent: Command,
  nameAndArguments: string,
  description: string,
  example: string,
): Command {
  return describe(parent.command(nameAndArguments), description, example)
    .option('--json', 'machine-readable output')
    .option('--data-dir <dir>', 'data directory (COUNTERSIGN_DATA_DIR; default .countersign)')
    .option(
      '--config <file>',
      'configuration file (COUNTERSIGN_CONFIG; default countersign.yaml in the data directory)',
    )
    .addOption(new Option('--set <setting=value>', 'a setting for this run; repeatable').argParser(parseSet));
}

export function withTenant(command: Command): Command {
  return command.option('--tenant <id>', 'tenant', 'default');
}

export function group(program: Command, name: string, description: string, example: string): Command {
  return describe(program.command(name), description, example);
}

export function describe(command: Command, description: string, example: string): Command {
  return command
    .description(description)
    .addHelpText('before', `Example:\n  ${example.replaceAll('\n', '\n  ')}\n`);
}

/** Collects `--redirect-uri A --redirect-uri B`. */
export function repeated(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function wholeNumber(value: string): number {
  if (!/^[0-9]{1,10}$/.test(value)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(value);
}

/** JSON for machines, lines for people. */
export function present(
  terminal: Terminal,
  options: CommonOptions,
  json: unknown,
  lines: () => readonly string[],
): void {
  if (options.json === true) terminal.out(JSON.stringify(json, null, 2));
  else for (const line of lines()) terminal.out(line);
}

function parseSet(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be setting=value, such as log.level=debug.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
