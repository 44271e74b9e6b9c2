/**
 * The form of a backup: lines of JSON. First what it is; then each table, by a line with its columns and one line for each row, which is the
 * row's canonical form; then the manifest with number and hash of each table; last the SHA-256 over every byte before.
 */
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, linkSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { BackupError } from './backup-error.ts';
import type { Digest, Row } from './rows.ts';
import { type TableName, tableEntries } from './tables.ts';

const formatName = 'countersign-backup';
const formatVersion = 1;
const maxLine = 16 * 1024 * 1024;
const bufferBytes = 1024 * 1024;

export interface BackupHeader {
  readonly schema: number;
  readonly identity: string;
  /** Epoch seconds. */
  readonly createdAt: number;
  /** Names of the envelope keys that open what is sealed in it. The keys are not in it. */
  readonly envelopeKeys: readonly string[];
}

export interface BackupManifest extends BackupHeader {
  readonly tables: readonly (Digest & { readonly table: TableName })[];
  /** Over the whole file but its last line, hexadecimal. */
  readonly sha256: string;
}

/** Writes line by line; the file appears whole, on disk and with mode 0600, or not at all. */
export async function writeBackupFile(
  path: string,
  header: BackupHeader,
  write: (line: (value: unknown) => void) => Promise<readonly (Digest & { readonly table: TableName })[]>,
): Promise<BackupManifest> {
  const temporary = `${path}.part`;
  const descriptor = openNew(temporary);
  try {
    const hash = createHash('sha256');
    let buffer = '';
    const flush = (): void => {
      let bytes = Buffer.from(buffer);
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(descriptor, bytes));
      buffer = '';
    };
    const line = (value: unknown): void => {
      const text = `${JSON.stringify(value)}\n`;
      hash.update(text);
      buffer += text;
      if (buffer.length >= bufferBytes) flush();
    };
    line({ format: formatName, version: formatVersion, ...header });
    const tables = await write(line);
    line({ manifest: { tables } });
    const sha256 = hash.digest('hex');
    buffer += `${JSON.stringify({ sha256 })}\n`;
    flush();
    fsyncSync(descriptor);
    publish(temporary, path);
    return { ...header, tables, sha256 };
  } finally {
    closeSync(descriptor);
    unlinkSync(temporary);
  }
}

export interface BackupReader {
  onRows(table: TableName, columns: readonly string[], rows: readonly Row[]): Promise<void>;
}

const pageRows = 250;

/**
 * Reads and checks a whole file. What a reader is handed was not checked yet: it is true only when this resolves.
 * @throws {BackupError} `damaged` or `newer_format`
 */
export async function readBackupFile(path: string, reader: BackupReader): Promise<BackupManifest> {
  const total = createHash('sha256');
  const found = new Map<TableName, Digest>();
  let header: BackupHeader | undefined;
  let manifest: BackupManifest['tables'] | undefined;
  let sha256: string | undefined;
  let table: OpenTable | undefined;
  const end = async (): Promise<void> => {
    if (table === undefined) return;
    await reader.onRows(table.name, table.columns, table.page);
    found.set(table.name, { rows: table.rows, hash: table.hash.digest('hex') });
    table = undefined;
  };
  for await (const bytes of linesOf(path)) {
    const text = bytes.toString('utf8');
    if (sha256 !== undefined) throw damaged('it goes on after its end');
    const value = parse(text);
    if (header === undefined) {
      header = parseHeader(value);
    } else if (isObject(value) && typeof value.sha256 === 'string') {
      sha256 = total.copy().digest('hex');
      if (value.sha256 !== sha256) throw damaged('its content does not have the hash that it names');
      continue;
    } else if (isObject(value) && isObject(value.manifest)) {
      await end();
      manifest = value.manifest.tables as BackupManifest['tables'];
    } else if (isObject(value)) {
      await end();
      table = openTable(value, found);
    } else {
      table = await addRow(table, value, text, reader);
    }
    total.update(bytes).update('\n');
  }
  if (header === undefined || manifest === undefined || sha256 === undefined)
    throw damaged('it ends too early');
  const same =
    JSON.stringify(manifest) ===
    JSON.stringify([...found].map(([name, digest]) => ({ table: name, ...digest })));
  if (!same) throw damaged('a table does not hold what the manifest says');
  return { ...header, tables: manifest, sha256 };
}

interface OpenTable {
  readonly name: TableName;
  readonly columns: readonly string[];
  readonly hash: ReturnType<typeof createHash>;
  page: Row[];
  rows: number;
}

function openTable(value: Record<string, unknown>, found: ReadonlyMap<TableName, Digest>): OpenTable {
  const { table, columns } = value;
  const isKnown = typeof table === 'string' && Object.hasOwn(tableEntries, table);
  if (!isKnown || found.has(table as TableName)) throw damaged('it names a table that is not ours, or twice');
  if (
    !Array.isArray(columns) ||
    !columns.every((name) => typeof name === 'string' && /^[a-z][a-z0-9_]*$/.test(name))
  ) {
    throw damaged('its columns cannot be read');
  }
  const hash = createHash('sha256').update(`${JSON.stringify(columns)}\n`);
  return { name: table as TableName, columns, hash, page: [], rows: 0 };
}

async function addRow(
  table: OpenTable | undefined,
  value: unknown,
  text: string,
  reader: BackupReader,
): Promise<OpenTable> {
  if (table === undefined || !Array.isArray(value) || value.length !== table.columns.length) {
    throw damaged('a row has not the columns of its table');
  }
  table.hash.update(`${text}\n`);
  table.rows += 1;
  table.page.push(
    Object.fromEntries(table.columns.map((name, index) => [name, value[index] as string | number | null])),
  );
  if (table.page.length < pageRows) return table;
  const { page } = table;
  table.page = [];
  await reader.onRows(table.name, table.columns, page);
  return table;
}

function parseHeader(value: unknown): BackupHeader {
  if (!isObject(value) || value.format !== formatName) throw damaged('it is no backup of Countersign');
  if (value.version !== formatVersion) {
    throw new BackupError(
      'newer_format',
      `The backup has format ${String(value.version)}; this program reads format ${formatVersion}.`,
    );
  }
  const { schema, identity, createdAt, envelopeKeys } = value;
  const isWhole =
    typeof schema === 'number' &&
    typeof identity === 'string' &&
    typeof createdAt === 'number' &&
    Array.isArray(envelopeKeys) &&
    envelopeKeys.every((name) => typeof name === 'string');
  if (!isWhole) throw damaged('its first line is not whole');
  return { schema, identity, createdAt, envelopeKeys };
}

/** By the byte 10 alone: a text may hold what other readers take for the end of a line. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(path, { highWaterMark: bufferBytes });
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of stream) {
      let bytes: Buffer = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10)) {
        yield bytes.subarray(0, at);
        bytes = bytes.subarray(at + 1);
      }
      if (bytes.length > maxLine) throw damaged('a line is too long');
      rest = bytes;
    }
  } finally {
    stream.destroy();
  }
  if (rest.length > 0) throw damaged('it ends in the middle of a line');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BackupError('damaged', 'The backup is damaged: a line is not whole.', { cause: error });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function damaged(why: string): BackupError {
  return new BackupError('damaged', `The backup is damaged: ${why}.`);
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new BackupError(
      'exists',
      `${path} is there already: another backup is being made, or one was cut off.`,
      { cause: error },
    );
  }
}

/** A link, unlike a rename, takes no name that is in use. */
function publish(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new BackupError('exists', `${path} is there already.`, { cause: error });
  }
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
