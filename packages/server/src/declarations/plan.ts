/** From documents to what would be done, and its doing. */

import { clientKind } from './client-kind.ts';
import { DeclarationError, type DeclarationProblem } from './declaration-error.ts';
import { readDocuments } from './documents.ts';
import type { Entry } from './entry.ts';
import type { Change, Declaration, Kind, World } from './kind.ts';
import type { Source } from './sources.ts';
import { tenantKind } from './tenant-kind.ts';

/** What may be declared, in the order in which it is made; what comes later may hang on what came before. */
const kinds: readonly Kind[] = [tenantKind, clientKind];

const maxProblems = 50;

export interface Plan {
  /** What differs, in the order of doing; removals last, and only if they were asked for. */
  readonly changes: readonly Change[];
  readonly unchanged: number;
  /** Made by an earlier run, named no longer, and left alone because removals were not asked for. */
  readonly orphans: readonly Change[];
}

/**
 * Plans everything that the sources declare, or nothing: all problems are told together. Writes nothing.
 * @param prune whether what an earlier run made in the tenants that the sources speak of, and they no longer name, is removed
 * @throws {DeclarationError}
 */
export async function planSources(
  sources: readonly Source[],
  world: World,
  { prune }: { readonly prune: boolean },
): Promise<Plan> {
  const declared = readDeclarations(readDocuments(sources));
  const problems: DeclarationProblem[] = [];
  const changes: Change[] = [];
  const orphans: Change[] = [];
  const tenants = new Set([...declared.values()].flat().map(({ tenant }) => tenant));
  for (const kind of kinds) {
    const ofKind = declared.get(kind) ?? [];
    for (const declaration of ofKind) {
      await collect(problems, declaration.at, async () => {
        changes.push(await declaration.plan(world));
      });
    }
    const names = new Set(ofKind.map(({ name }) => name));
    for (const tenant of tenants) orphans.push(...(await kind.listOrphans(world, tenant, names)));
  }
  if (problems.length > 0) throw new DeclarationError(problems);
  const different = changes.filter(({ action }) => action !== 'none');
  return {
    changes: prune ? [...different, ...orphans.toReversed()] : different,
    unchanged: changes.length - different.length,
    orphans: prune ? [] : orphans,
  };
}

function readDeclarations(entries: readonly Entry[]): ReadonlyMap<Kind, readonly Declaration[]> {
  const problems: DeclarationProblem[] = [];
  const declared = new Map<Kind, Declaration[]>(kinds.map((kind) => [kind, []]));
  const seen = new Map<string, string>();
  for (const entry of entries) {
    collectNow(problems, () => {
      const name = entry.choice(
        'kind',
        kinds.map((kind) => kind.name),
      );
      const kind = kinds.find((candidate) => candidate.name === name);
      if (kind === undefined)
        throw entry.refusal('kind', `must be given: ${kinds.map((known) => known.name).join(' or ')}`);
      const declaration = kind.read(entry);
      const key = `${kind.name} ${declaration.name}`;
      const first = seen.get(key);
      if (first !== undefined) throw entry.refusal('id', `is declared twice, first at ${first}`);
      seen.set(key, declaration.at);
      declared.get(kind)?.push(declaration);
    });
  }
  if (problems.length > 0) throw new DeclarationError(problems);
  return declared;
}

async function collect(problems: DeclarationProblem[], at: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    note(problems, at, error);
  }
}

function collectNow(problems: DeclarationProblem[], work: () => void): void {
  try {
    work();
  } catch (error) {
    note(problems, '', error);
  }
}

function note(problems: DeclarationProblem[], at: string, error: unknown): void {
  if (error instanceof DeclarationError) problems.push(...error.problems);
  else if (error instanceof Error && refusals.has(error.name))
    problems.push({ path: at, message: `is refused: ${error.message}` });
  else throw error;
  if (problems.length >= maxProblems) throw new DeclarationError(problems);
}

const refusals: ReadonlySet<string> = new Set(['ClientError', 'TenantError']);
