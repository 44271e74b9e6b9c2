/** Gate: every dependency has a line in docs/dependencies.md with the version and license that are installed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './lib/tree.ts';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const page = readFileSync(join(repositoryRoot, 'docs/dependencies.md'), 'utf8');
const lines = new Map(
  [...page.matchAll(/^\|\s*`([^`]+)`\s*\|([^|]+)\|([^|]+)\|/gm)].map(
    ([, name = '', version = '', license = '']) => [
      name,
      { version: version.trim(), license: license.trim() },
    ],
  ),
);
const root = readManifest('package.json');
const manifests = [root, ...(root.workspaces ?? []).map((folder) => readManifest(`${folder}/package.json`))];
const own = new Set(manifests.map(({ name }) => name));
const used = new Set(
  manifests.flatMap(({ dependencies = {}, devDependencies = {} }) =>
    Object.keys({ ...dependencies, ...devDependencies }),
  ),
);
const problems = [
  ...[...used].filter((name) => !own.has(name)).flatMap(checkLine),
  ...[...lines.keys()].filter((name) => !used.has(name)).map((name) => `${name}: has a line and is not used`),
];

for (const problem of problems) console.error(`docs/dependencies.md: ${problem}`);
console.log(`dependencies: ${lines.size} described, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;

function checkLine(name: string): readonly string[] {
  const { version, license } = readManifest(`node_modules/${name}/package.json`);
  const line = lines.get(name);
  if (!line) return [`${name}: no line (what for, why this one, its size, who keeps it)`];
  return [
    ...(line.version === version ? [] : [`${name}: says ${line.version}, installed is ${version}`]),
    ...(line.license === license ? [] : [`${name}: says ${line.license}, its package says ${license}`]),
  ];
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(repositoryRoot, path), 'utf8'));
}
