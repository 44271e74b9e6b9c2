/** Gate: direction of imports, cycles, and that the check saw every module there is. */
import { globSync } from 'node:fs';
import { isTest, isTestSupport, unitOf, zones } from './import-rules.ts';
import { findCycles, type Import, type Module, readModuleGraph } from './lib/module-graph.ts';
import { listFiles, repositoryRoot } from './lib/tree.ts';

const roots = ['packages', 'scripts', 'test', 'bench'];
const graph = readModuleGraph(roots.flatMap((root) => listFiles(root, (path) => path.endsWith('.ts'))));
const problems = [
  ...graph.problems,
  ...[...graph.modules.values()].flatMap(checkModule),
  ...findCycles(graph, countsForCycles).map((cycle) => `cycle: ${cycle.join(' → ')}`),
  ...checkCount(),
];

for (const problem of problems) console.error(problem);
console.log(`imports: ${graph.modules.size} modules, ${problems.length} violations`);
if (problems.length > 0) process.exitCode = 1;

/** Types of one unit may name each other; a cycle of units is one of design, be it of types alone. */
function countsForCycles(from: string, to: string, { typeOnly }: Import): boolean {
  return !typeOnly || unitOf(from) !== unitOf(to);
}

function checkModule(module: Module): readonly string[] {
  const zone = zones.find(({ files }) => files.test(module.path));
  if (!zone) return [`${module.path}: lies in no zone of scripts/import-rules.ts`];
  return module.imports.flatMap((entry) => {
    const reason = refuse(module.path, entry);
    return reason === undefined
      ? []
      : [`${module.path}:${entry.line}: ${zone.name} imports '${entry.specifier}': ${reason}`];
  });

  function refuse(path: string, { specifier, target }: Import): string | undefined {
    if (target !== undefined && isTest(target)) return 'nothing imports a test file';
    if (isTest(path) || path.endsWith('.test-support.ts')) return undefined;
    if (target === undefined) {
      return zone?.outside === 'any' || zone?.outside.some((name) => matchesName(name, specifier))
        ? undefined
        : `${zone?.name} may use ${zone?.outside.toString()} only`;
    }
    if (isTestSupport(target) && !isTestSupport(path) && !/^(test|bench)\//.test(path))
      return 'that is code for tests';
    if (unitOf(target) === unitOf(path) || zone?.ours.some((pattern) => pattern.test(target)))
      return undefined;
    return `${target} is not open to it (another domain is reached through its index.ts)`;
  }
}

function matchesName(pattern: string, specifier: string): boolean {
  return pattern.endsWith('*') ? specifier.startsWith(pattern.slice(0, -1)) : pattern === specifier;
}

/** Counted apart from the walk above, so that a walk that misses files cannot report success. */
function checkCount(): readonly string[] {
  const expected = globSync('**/*.ts', {
    cwd: repositoryRoot,
    exclude: (path) => /(^|[/\\])(node_modules|dist|coverage|\.[^/\\]+)$/.test(path),
  });
  if (expected.length === 0) return ['found no module at all'];
  const missed = expected.filter((path) => !graph.modules.has(path.replaceAll('\\', '/')));
  return missed.map((path) => `${path}: a module this check did not read`);
}
