/** An installation of its own, and the command line run against it in this process. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { main } from '../main.ts';
import { temporaryDirectory } from './cli.test-support.ts';
import type { Terminal } from './terminal.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Workplace {
  readonly directory: string;
  run(
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Readonly<Record<string, string>> },
  ): Promise<Ran>;
  /** Runs with `--json`, which must succeed. */
  json(args: readonly string[]): Promise<Record<string, unknown>>;
  /** Writes a file beside the data directory; answers its path. */
  write(name: string, text: string): string;
  /** Actions of the tenant's audit record, newest first, without those about the record itself. */
  actions(tenant?: string): Promise<readonly string[]>;
}

export async function openWorkplace(context: TestContext): Promise<Workplace> {
  const home = temporaryDirectory(context);
  const directory = join(home, 'data');
  const run: Workplace['run'] = async (args, { input = '', env = {} } = {}) => {
    const [out, err]: [string[], string[]] = [[], []];
    const terminal: Terminal = {
      env,
      out: (line) => void out.push(line),
      err: (line) => void err.push(line),
      color: false,
      readInput: async () => input,
    };
    const code = await main([...args, '--data-dir', directory], terminal);
    return { code, out: out.join('\n'), err: err.join('\n') };
  };
  const json = async (args: readonly string[]) => {
    const done = await run([...args, '--json']);
    assert.equal(done.code, 0, done.err);
    return JSON.parse(done.out) as Record<string, unknown>;
  };
  const made = await run(['init']);
  assert.equal(made.code, 0, made.err);
  return {
    directory,
    run,
    json,
    write(name, text) {
      const path = join(home, name);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    async actions(tenant = 'default') {
      const shown = await json(['audit', 'list', '--tenant', tenant, '--limit', '200']);
      return (shown.records as { action: string }[])
        .map(({ action }) => action)
        .filter((action) => !action.startsWith('audit.'));
    },
  };
}
