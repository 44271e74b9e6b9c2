import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { repositoryRoot } from './tree.ts';

export interface Import {
  readonly specifier: string;
  /** Repository path of the file it means; undefined for a package or a `node:` module. */
  readonly target: string | undefined;
  readonly line: number;
  /** Gone when the program runs (`import type`, or every name a `type`). */
  readonly typeOnly: boolean;
}

export interface Module {
  readonly path: string;
  readonly imports: readonly Import[];
}

export interface ModuleGraph {
  readonly modules: ReadonlyMap<string, Module>;
  readonly problems: readonly string[];
}

/** Reads the imports of `paths`: static, re-exporting and dynamic with a constant string. Never runs them. */
export function readModuleGraph(paths: readonly string[]): ModuleGraph {
  const workspaces = readWorkspaces();
  const modules = new Map<string, Module>();
  const problems: string[] = [];
  for (const path of paths) {
    const text = readFileSync(join(repositoryRoot, path), 'utf8');
    const { module, errors } = parseSync(path, text);
    if (errors.length > 0) {
      problems.push(`${path}: does not parse: ${errors[0]?.message ?? 'unknown error'}`);
      continue;
    }
    const imports: Import[] = [];
    const add = (specifier: string, start: number, typeOnly: boolean): void => {
      const line = text.slice(0, start).split('\n').length;
      const target = resolve(path, specifier, workspaces);
      if (target !== undefined && !existsSync(join(repositoryRoot, target))) {
        problems.push(`${path}:${line}: '${specifier}' means ${target}, which does not exist`);
      }
      imports.push({ specifier, target, line, typeOnly });
    };
    for (const { moduleRequest, entries } of module.staticImports) {
      add(moduleRequest.value, moduleRequest.start, isTypeOnly(entries));
    }
    for (const { entries } of module.staticExports) {
      const request = entries[0]?.moduleRequest;
      if (request) add(request.value, request.start, isTypeOnly(entries));
    }
    for (const { moduleRequest } of module.dynamicImports) {
      const literal = /^['"`]([^'"`$]+)['"`]$/.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[1];
      if (literal !== undefined) add(literal, moduleRequest.start, false);
    }
    modules.set(path, { path, imports });
  }
  return { modules, problems };
}

/** Every cycle of the edges that `counts` lets through, once, as the path around it. */
export function findCycles(
  graph: ModuleGraph,
  counts: (from: string, to: string, edge: Import) => boolean,
): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const finished = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), path]);
      return;
    }
    if (finished.has(path)) return;
    trail.push(path);
    for (const edge of graph.modules.get(path)?.imports ?? []) {
      const { target } = edge;
      if (target !== undefined && graph.modules.has(target) && counts(path, target, edge)) visit(target);
    }
    trail.pop();
    finished.add(path);
  };
  for (const path of graph.modules.keys()) visit(path);
  return cycles;
}

function isTypeOnly(entries: readonly { readonly isType: boolean }[]): boolean {
  return entries.length > 0 && entries.every(({ isType }) => isType);
}

type Workspaces = ReadonlyMap<
  string,
  { readonly folder: string; readonly exports: Readonly<Record<string, string>> }
>;

function resolve(from: string, specifier: string, workspaces: Workspaces): string | undefined {
  if (specifier.startsWith('.')) return posix.join(dirname(from), specifier);
  for (const [name, { folder, exports }] of workspaces) {
    if (specifier !== name && !specifier.startsWith(`${name}/`)) continue;
    const source = exports[`.${specifier.slice(name.length)}`];
    return posix.join(folder, source ?? `(no export for ${specifier})`);
  }
  return undefined;
}

function readWorkspaces(): Workspaces {
  const root = readJson('package.json');
  const names = Array.isArray(root.workspaces) ? root.workspaces.map(String) : [];
  return new Map(
    names.map((folder) => {
      const { name, exports } = readJson(`${folder}/package.json`);
      return [String(name), { folder, exports: sourceExports(exports) }];
    }),
  );
}

function sourceExports(exports: unknown): Readonly<Record<string, string>> {
  if (typeof exports !== 'object' || exports === null) return {};
  return Object.fromEntries(
    Object.entries(exports).flatMap(([key, value]: [string, unknown]) =>
      typeof value === 'object' && value !== null && 'source' in value ? [[key, String(value.source)]] : [],
    ),
  );
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(repositoryRoot, path), 'utf8'));
}
