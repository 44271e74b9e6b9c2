/** What docs/interop.md says of a peer. The tests register with its commands and run its snippets, so that it is true. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../../scripts/lib/tree.ts';
import type { PeerName } from './catalogue.ts';

export interface Section {
  /** Its commands, as parameters of `countersign`. */
  readonly commands: readonly (readonly string[])[];
  /** The other fenced blocks, in their order. */
  readonly snippets: readonly Snippet[];
}

export interface Snippet {
  readonly language: string;
  readonly text: string;
}

const text = readFileSync(join(repositoryRoot, 'docs/interop.md'), 'utf8');

/** @param name its heading, in small letters and hyphens */
export function readSection(name: string): Section {
  const [, ...sections] = text.split(/^## /m);
  const section = sections.find((candidate) => slug(candidate.split('\n', 1)[0] ?? '') === name);
  assert.ok(section !== undefined, `docs/interop.md has no section ${name}`);
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    text: code,
  }));
  const isCommand = (block: Snippet): boolean => block.text.startsWith('npx countersign ');
  const lines = blocks.filter(isCommand).flatMap((block) => block.text.trim().split(/(?<!\\)\n/));
  return {
    commands: lines.map((line) => words(line).slice(2)),
    snippets: blocks.filter((block) => !isCommand(block)),
  };
}

/** Second column of the peer's row. */
function readVersion(peer: PeerName): string {
  const rows = [...text.matchAll(/^\| \[([^\]]+)\]\(#[^)]+\) \| ([^|]+?) \|/gm)];
  const row = rows.find(([, label = '']) => slug(label) === peer);
  assert.ok(row?.[2] !== undefined, `the table of docs/interop.md has no row for ${peer}`);
  return row[2];
}

function slug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
}

/** Words of one shell command that has no other syntax than double quotes and continued lines. */
function words(command: string): readonly string[] {
  assert.doesNotMatch(command, /['$`;|&<>]/, 'a plain command');
  const found = command.replaceAll('\\\n', ' ').matchAll(/"([^"]*)"|[^\s"]+/g);
  return [...found].map(([word, quoted]) => quoted ?? word);
}

export function assertTableSays(peer: PeerName, testedVersion: string): void {
  assert.equal(
    readVersion(peer),
    testedVersion,
    'the version in the table of docs/interop.md is the tested one',
  );
}

/** Asserts that each snippet in that language is part of the program that was tested. Snippets of configuration are run instead. */
export function assertShows({ snippets }: Section, language: string, programFile: string): void {
  const program = readFileSync(programFile, 'utf8');
  const shown = snippets.filter((snippet) => snippet.language === language);
  assert.ok(shown.length > 0, 'docs/interop.md shows how to set it up');
  for (const { text: lines } of shown)
    assert.ok(program.includes(lines), `${programFile} has no such lines as docs/interop.md:\n${lines}`);
}
