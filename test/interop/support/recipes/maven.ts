import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce, peersFolder } from '../cache.ts';
import type { Installed } from './npm.ts';
import { requireTool, runTool } from './tool.ts';

const java = {
  name: 'Java',
  variable: 'JAVA_PATH',
  programs: ['java'],
  distributionPackages: ['default-jdk-headless'],
} as const;
const maven = {
  name: 'Maven',
  variable: 'MAVEN_PATH',
  programs: ['mvn'],
  distributionPackages: ['maven', 'default-jdk-headless'],
} as const;

/** Builds the peer's jar and keeps it unpacked enough to run; `subject` is the jar inside it whose version counts. */
export async function buildMaven(peer: string, subject: string): Promise<Installed & { java: string }> {
  const javaPath = await requireTool(java);
  const mavenPath = await requireTool(maven);
  const folder = await buildOnce({
    peer,
    toolchain: (await runTool(javaPath, ['--version'])).trim(),
    async build(target) {
      cpSync(join(peersFolder, peer), target, { recursive: true });
      await runTool(mavenPath, ['--batch-mode', '--quiet', '--strict-checksums', '-DskipTests', 'package'], {
        cwd: target,
      });
    },
  });
  const pattern = new RegExp(`^${subject}-(\\d[^-]*)\\.jar$`);
  const versions = readdirSync(join(folder, 'target/lib')).flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return { version: versions[0] ?? '', folder, java: javaPath };
}
