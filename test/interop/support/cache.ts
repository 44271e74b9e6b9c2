/** What a peer was built from, kept between runs outside the tree: one folder for each recipe and each state of its inputs. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { listFiles, repositoryRoot } from '../../../scripts/lib/tree.ts';

export const peersFolder = join(repositoryRoot, 'test/interop/peers');

export interface Recipe {
  /** Its folder under `peers/`: every file in it decides what is built. */
  readonly peer: string;
  /** Name and version of what builds: another one builds anew. */
  readonly toolchain: string;
  /** Fills the folder it is given, which is empty and may be moved afterwards. */
  build(folder: string): Promise<void>;
}

/** The folder that the recipe built, in this run or an earlier one. Runs that meet here build twice and keep one. */
export async function buildOnce({ peer, toolchain, build }: Recipe): Promise<string> {
  const root = cacheFolder();
  const folder = join(root, `${peer}-${hashInputs(peer, toolchain)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(root, { recursive: true });
  const unfinished = mkdtempSync(join(root, `unfinished-${peer}-`));
  try {
    await build(unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** `INTEROP_CACHE_DIR`, or a folder of this project in the user's cache directory. Anyone may delete it. */
function cacheFolder(): string {
  const { INTEROP_CACHE_DIR: own, XDG_CACHE_HOME: caches } = process.env;
  return own || join(caches || join(homedir(), '.cache'), 'countersign-interop');
}

function hashInputs(peer: string, toolchain: string): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${toolchain}\n`);
  for (const path of listFiles(`test/interop/peers/${peer}`, () => true)) {
    hash.update(`${path}\n`).update(readFileSync(join(repositoryRoot, path)));
  }
  return hash.digest('hex').slice(0, 16);
}
