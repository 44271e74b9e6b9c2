/**
 * A reporter for node:test that collects one result per test into `.reports/`, beside whatever reporter people read.
 * The suite's name comes in TEST_SUITE. Titles are joined along parents, since a row id may stand in any of them.
 */
import type { TestEvent } from 'node:test/reporters';
import { type TestOutcome, type TestResult, writeReport } from './test-report.ts';
import { toRepositoryPath } from './tree.ts';

interface Node {
  readonly name: string;
  readonly parent: string;
  hasChildren: boolean;
}

// biome-ignore lint/style/noDefaultExport: node:test loads a reporter by its default export
export default async function* collect(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const nodes = new Map<string, Node>();
  const results = new Map<string, Omit<TestResult, 'title'>>();
  for await (const event of source) {
    if (event.type === 'test:start') {
      const { entry, key, parent } = place(event.data);
      nodes.set(key, { name: event.data.name, parent: `${entry}#${parent}`, hasChildren: false });
      const above = nodes.get(`${entry}#${parent}`);
      if (above) above.hasChildren = true;
    } else if (event.type === 'test:pass' || event.type === 'test:fail') {
      const { entry, key } = place(event.data);
      const { skip, details } = event.data;
      results.set(key, {
        file: entry === '' ? '' : toRepositoryPath(entry),
        outcome: outcomeOf(event),
        skipReason: typeof skip === 'string' ? skip : '',
        durationMs: Math.round(details.duration_ms),
      });
    }
  }
  const tests = [...results].flatMap(([key, result]): readonly TestResult[] => {
    const node = nodes.get(key);
    // What contains others counts only when it failed by itself (a hook, a timeout).
    return node?.hasChildren && result.outcome !== 'failed'
      ? []
      : [{ title: titleOf(key, nodes), ...result }];
  });
  writeReport({ suite: process.env.TEST_SUITE ?? 'main', tests });
  yield '';
}

function outcomeOf(event: Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>): TestOutcome {
  const { skip, todo } = event.data;
  if (skip !== undefined && skip !== false) return 'skipped';
  if (todo !== undefined && todo !== false) return 'todo';
  return event.type === 'test:pass' ? 'passed' : 'failed';
}

function titleOf(key: string, nodes: ReadonlyMap<string, Node>): string {
  const names: string[] = [];
  for (let node = nodes.get(key); node; node = nodes.get(node.parent)) names.unshift(node.name);
  return names.join(' › ');
}

/** Node numbers tests per file that it started; a test declared by a helper carries the helper's name as `file`. */
function place(data: object): { readonly entry: string; readonly key: string; readonly parent: number } {
  const { entryFile, file, testId, parentId } = data as {
    readonly entryFile?: string;
    readonly file?: string;
    readonly testId?: number;
    readonly parentId?: number;
  };
  const entry = entryFile ?? file ?? '';
  return { entry, key: `${entry}#${testId ?? 0}`, parent: parentId ?? 0 };
}
