import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { TestResult } from './test-report.ts';
import { repositoryRoot } from './tree.ts';

const sectionSchema = z.union([
  z.string().min(1),
  z.strictObject({
    what: z.string().min(1),
    /** Why this section is not offered. Excludes a test. */
    refused: z.string().min(1),
  }),
]);

const fileSchema = z.strictObject({
  standards: z.record(
    z.string().min(1),
    z.strictObject({
      title: z.string().min(1),
      sections: z.record(z.string().regex(/^(?:[A-Z]|\d+)(?:\.\d+)*$/), sectionSchema),
    }),
  ),
});

export interface Section {
  readonly section: string;
  readonly what: string;
  readonly refused: string | undefined;
}

export interface Standard {
  /** As test titles name it: `RFC 6749`, `OpenID Connect Core`. */
  readonly name: string;
  readonly title: string;
  readonly sections: readonly Section[];
}

/** Reads `docs/standards.yaml`. Throws with the path of the first mistake in it. */
export function readStandards(): readonly Standard[] {
  const text = readFileSync(join(repositoryRoot, 'docs/standards.yaml'), 'utf8');
  const parsed = fileSchema.safeParse(parse(text));
  if (!parsed.success) throw new Error(`docs/standards.yaml: ${z.prettifyError(parsed.error)}`);
  return Object.entries(parsed.data.standards).map(([name, { title, sections }]) => ({
    name,
    title,
    sections: Object.entries(sections).map(([section, value]) =>
      typeof value === 'string'
        ? { section, what: value, refused: undefined }
        : { section, what: value.what, refused: value.refused },
    ),
  }));
}

export interface Citation {
  readonly standard: string;
  readonly section: string;
}

/**
 * The sections a title cites in brackets: `(RFC 8707 §2.1, §2.2, SPN-6)` cites two of one standard. A section without a
 * standard before it in its brackets cites nothing.
 */
export function citationsIn(title: string): readonly Citation[] {
  return [...title.matchAll(/\(([^()]*)\)/g)].flatMap(([, inside = '']) => {
    let standard: string | undefined;
    return inside.split(/[,;]/).flatMap((part) => {
      const [, name = '', section] = /^\s*(.*?)\s*(?:§|Appendix )([A-Z0-9][0-9.]*)?\s*$/.exec(part) ?? [];
      if (section === undefined) return [];
      if (name !== '') standard = name;
      return standard === undefined ? [] : [{ standard, section: section.replace(/\.$/, '') }];
    });
  });
}

export type SectionState = 'held' | 'failing' | 'no test' | 'not offered';

export interface JudgedSection extends Section {
  readonly state: SectionState;
  /** Files of the passing tests that cite it, or part of it. */
  readonly files: readonly string[];
}

/** A section is held by the tests that cite it or a part of it; one failing test among them is a failure. */
export function judgeSection(name: string, section: Section, tests: readonly TestResult[]): JudgedSection {
  const citing = tests.filter(({ title }) =>
    citationsIn(title).some((cited) => cited.standard === name && contains(section.section, cited.section)),
  );
  const passed = citing.filter(({ outcome }) => outcome === 'passed');
  const files = [...new Set(passed.map(({ file }) => file))].sort();
  if (citing.some(({ outcome }) => outcome === 'failed')) return { ...section, state: 'failing', files };
  if (section.refused !== undefined) return { ...section, state: 'not offered', files };
  return { ...section, state: passed.length > 0 ? 'held' : 'no test', files };
}

function contains(section: string, cited: string): boolean {
  return cited === section || cited.startsWith(`${section}.`);
}

/** Modules of the OpenID conformance suite: a test of the same behaviour begins with the module's name. */
export function moduleOf(title: string): string | undefined {
  return /(?:^|› )(oidcc-[a-z0-9-]+): [^›]*$/i.exec(title)?.[1];
}
