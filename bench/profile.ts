/** Where the time of one endpoint goes: Countersign under load with V8's sampling profiler, summed by function and by file. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { collect } from './load/collect.ts';
import { startGenerator } from './load/generator-client.ts';
import type { Plan } from './load/job.ts';
import { formPost } from './load/requests.ts';
import { tokenRequest } from './rows/client-credentials.ts';
import { member } from './rows/verify.ts';
import { generatorCore } from './subjects/child.ts';
import { installCountersign, serveCountersign } from './subjects/countersign.ts';
import { names, redirectUri, webScope } from './subjects/names.ts';
import { startOidcProvider } from './subjects/oidc-provider.ts';
import type { Provider } from './subjects/subject.ts';

const help = [
  'Profiles one endpoint under load and prints the functions and files that used the most time themselves.',
  '',
  'Usage: node bench/profile.ts [token|introspect|code-flow] [--seconds N] [--top N] [--subject countersign|node-oidc-provider]',
  '',
  'The .cpuprofile files stay in the folder named at the end, one for each thread: open them in a browser’s tools.',
].join('\n');

const kinds = ['token', 'introspect', 'code-flow'] as const;

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    top: { type: 'string', default: '35' },
    subject: { type: 'string', default: 'countersign' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const kind = kinds.find((candidate) => candidate === (positionals[0] ?? 'token'));
if (values.help || kind === undefined) {
  console.log(help);
  process.exitCode = values.help ? 0 : 2;
} else {
  await profile(kind);
}

async function profile(what: (typeof kinds)[number]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-profile-'));
  const nodeOptions = ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${directory}`];
  const installation = await installCountersign({ users: 64, signedIn: 64 });
  const provider =
    values.subject === 'node-oidc-provider'
      ? await startOidcProvider({ users: 64, nodeOptions })
      : await serveCountersign(installation, { nodeOptions });
  const generator = startGenerator(generatorCore);
  try {
    const result = await generator.run({
      ports: [provider.port],
      pids: [provider.pid],
      connections: 32,
      warmupMs: 1000,
      measureMs: Number(values.seconds) * 1000,
      maxUnits: 2_000_000,
      plan: await planFor(what, provider),
    });
    const cpu = ((result.serverCpuSeconds ?? 0) / result.units) * 1e6;
    console.log(
      `${result.units} units, ${cpu.toFixed(0)} µs of processor each, ${result.wrong} wrong answers`,
    );
  } finally {
    await generator.stop();
    await provider.stop();
    installation.remove();
  }
  for (const file of readdirSync(directory)) print(join(directory, file), Number(values.top));
}

async function planFor(what: (typeof kinds)[number], provider: Provider): Promise<Plan> {
  switch (what) {
    case 'token':
      return { kind: 'repeat', requests: [tokenRequest(provider)], contains: '"access_token":"' };
    case 'introspect': {
      const bodies = await collect(provider.port, tokenRequest(provider), 1000);
      const caller = provider.client(names.resourceServer);
      const requests = bodies.map((body) =>
        formPost('/oauth2/introspect', provider.port, { token: member(body, 'access_token') }, caller),
      );
      return { kind: 'repeat', requests, contains: '"active":true' };
    }
    case 'code-flow':
      return { kind: 'code-flow', users: provider.users, redirectUri, scope: webScope };
  }
}

function print(file: string, top: number): void {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const functions = new Map<string, number>();
  const files = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const frame = byId.get(id)?.callFrame;
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const micros = timeDeltas[index] ?? 0;
    busy += micros;
    const place = shorten(frame.url);
    add(functions, `${frame.functionName || '(anonymous)'} ${place}:${frame.lineNumber + 1}`, micros);
    add(files, place === '' ? frame.functionName : place, micros);
  }
  console.log(`\n${file}: ${(busy / 1e6).toFixed(2)} s busy`);
  for (const [title, totals] of [
    ['by function', functions],
    ['by file', files],
  ] as const) {
    console.log(`  ${title}`);
    const sorted = [...totals].sort(([, a], [, b]) => b - a).slice(0, top);
    for (const [name, micros] of sorted)
      console.log(`  ${((micros / busy) * 100).toFixed(1).padStart(5)} %  ${name}`);
  }
}

function add(totals: Map<string, number>, name: string, micros: number): void {
  totals.set(name, (totals.get(name) ?? 0) + micros);
}

function shorten(url: string): string {
  return url.replace(/^file:\/\//, '').replace(/^.*\/(node_modules|packages|bench)\//, '$1/');
}
