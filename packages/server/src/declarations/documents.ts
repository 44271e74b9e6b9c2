/** From the text of files to their documents, strictly: what two readers could take for different things is refused. */
import { type Document, isAlias, isMap, isNode, LineCounter, parseAllDocuments, visit } from 'yaml';
import { DeclarationError, type DeclarationProblem } from './declaration-error.ts';
import { Entry } from './entry.ts';
import type { Source } from './sources.ts';

const maxDocuments = 20_000;

/**
 * The documents, in order; empty ones do not count.
 * @throws {DeclarationError} for what is not YAML 1.2, duplicate keys, anchors and aliases, tags, and anything that is no mapping
 */
export function readDocuments(sources: readonly Source[]): readonly Entry[] {
  const entries = sources.flatMap(readSource);
  if (entries.length <= maxDocuments) return entries;
  throw new DeclarationError([{ path: 'the files', message: `hold more than ${maxDocuments} documents.` }]);
}

function readSource(source: Source): readonly Entry[] {
  const lines = new LineCounter();
  const at = (offset: number): string => `${source.name}:${lines.linePos(offset).line}`;
  const documents = parse(source, lines);
  const problems: DeclarationProblem[] = [];
  const entries: Entry[] = [];
  for (const document of documents) {
    const broken = [...document.errors, ...document.warnings][0];
    if (broken !== undefined) {
      problems.push({ path: at(broken.pos[0]), message: `is not valid YAML: ${broken.message}.` });
      continue;
    }
    const odd = oddityOf(document);
    if (odd !== undefined) {
      problems.push({ path: at(odd.offset), message: odd.problem });
    } else if (isMap(document.contents)) {
      entries.push(new Entry({ source, document, lines }, document.contents));
    } else if (document.contents !== null && document.toJS() !== null) {
      problems.push({ path: at(document.range[0]), message: 'must be a mapping that begins with a kind.' });
    }
  }
  if (problems.length > 0) throw new DeclarationError(problems);
  return entries;
}

function parse(source: Source, lineCounter: LineCounter): readonly Document.Parsed[] {
  try {
    const options = {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: true,
      strict: true,
      merge: false,
    } as const;
    const documents = parseAllDocuments(source.text, { ...options, version: '1.2' });
    return 'empty' in documents ? [] : documents;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DeclarationError([{ path: source.name, message: 'is nested too deeply.' }], { cause: error });
  }
}

interface Oddity {
  readonly offset: number;
  readonly problem: string;
}

/** Anchors expand without end; another version of YAML reads `no` as false. */
function oddityOf(document: Document.Parsed): Oddity | undefined {
  const { yaml, tags } = document.directives;
  if (yaml.version !== '1.2' || Object.keys(tags).some((handle) => handle !== '!!')) {
    return { offset: document.range[0], problem: 'has directives; YAML 1.2 without any is what is read.' };
  }
  let found: Oddity | undefined;
  visit(document, (_, node) => {
    if (!isNode(node)) return undefined;
    if (isAlias(node) || ('anchor' in node && node.anchor !== undefined)) {
      found = { offset: node.range?.[0] ?? 0, problem: 'has an anchor or alias: write the value out.' };
      return visit.BREAK;
    }
    return undefined;
  });
  return found;
}
