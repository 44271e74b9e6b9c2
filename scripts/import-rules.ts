/**
 * Who may import whom, as data (docs/architecture.md). The first zone whose `files` match a module is its zone.
 * Test files are outside the zones: they may import anything but another test file.
 */
export interface Zone {
  readonly name: string;
  readonly files: RegExp;
  /** Modules of this repository that it may import, beside those of its own `unit`. */
  readonly ours: readonly RegExp[];
  /** Packages and `node:` modules that it may import; `any` leaves that to the other gates. */
  readonly outside: 'any' | readonly string[];
}

const protocol = /^packages\/protocol\/src\//;
const server = 'packages/server/src/';

/** Files that anyone in the server may import past an `index.ts`: vocabulary without behaviour. */
const sharedFiles: readonly RegExp[] = [
  /^packages\/server\/src\/overload\.ts$/,
  /^packages\/server\/src\/storage\/(ports|error|secrets|record-cache|tenant-settings)\.ts$/,
  /^packages\/server\/src\/(ports|system)\.ts$/,
  /^packages\/server\/src\/audit\/record\.ts$/,
  /^packages\/server\/src\/events\/event\.ts$/,
];

/** Plumbing under the domains, imported file by file: it has no rules of its own to hide. */
const plumbing = /^packages\/server\/src\/(http|telemetry)\//;

/** The public face of a domain: its `index.ts`, or the file itself for a domain of one file. */
const domainFaces: readonly RegExp[] = [
  /^packages\/server\/src\/(?!storage\/|cli\/)[^/]+\/index\.ts$/,
  /^packages\/server\/src\/(?!(?:app|server|main)\.ts$)[^/]+\.ts$/,
];

export const zones: readonly Zone[] = [
  { name: 'protocol', files: protocol, ours: [], outside: ['jose', 'node:crypto', 'node:buffer'] },
  { name: 'keylog', files: /^packages\/keylog\/src\//, ours: [], outside: ['node:crypto', 'node:buffer'] },
  {
    name: 'storage conformance',
    files: /^packages\/server\/src\/storage\/conformance\//,
    ours: [protocol, /^packages\/server\/src\/(storage|audit)\//, ...sharedFiles, ...domainFaces],
    outside: 'any',
  },
  {
    name: 'storage',
    files: /^packages\/server\/src\/storage\//,
    // A driver appends to the audit chain inside its transaction, and so computes the hashes.
    ours: [protocol, /^packages\/server\/src\/audit\/chain\.ts$/, ...sharedFiles],
    outside: ['kysely', 'pg', '@redis/client', 'node:*'],
  },
  {
    name: 'composition root',
    files: /^packages\/server\/src\/((app|server|main)\.ts|cli\/|testing\/)/,
    ours: [protocol, /^packages\/server\/src\//],
    outside: 'any',
  },
  {
    name: 'plumbing',
    files: plumbing,
    ours: [protocol, plumbing, ...sharedFiles],
    outside: ['hono', 'hono/*', '@hono/node-server', 'pino', 'prom-client', 'node:*'],
  },
  {
    name: 'server domain',
    files: /^packages\/server\/src\//,
    ours: [protocol, plumbing, ...sharedFiles, ...domainFaces],
    outside: ['jose', 'hono', 'hono/*', '@hono/node-server', 'zod', 'yaml', 'pino', 'prom-client', 'node:*'],
  },
  { name: 'scripts', files: /^scripts\//, ours: [], outside: 'any' },
  {
    name: 'bench and test',
    files: /^(bench|test)\//,
    ours: [/^(bench|test|scripts)\//, protocol, /^packages\/server\/src\//],
    outside: 'any',
  },
];

/** Modules of one unit import each other freely: a package, a server domain, the storage folder, scripts. */
export function unitOf(path: string): string {
  if (path.startsWith(server)) {
    const [first = '', ...rest] = path.slice(server.length).split('/');
    return rest.length === 0 ? path : `${server}${first}`;
  }
  const parts = path.split('/');
  return parts[0] === 'packages' ? parts.slice(0, 2).join('/') : (parts[0] ?? path);
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

/** Code for tests that lies beside production code: never imported by it, never published. */
export function isTestSupport(path: string): boolean {
  return /\/(conformance|testing)\/|\.test-support\.ts$/.test(path);
}
