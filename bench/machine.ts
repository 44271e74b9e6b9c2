import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { cores, pinning } from './subjects/child.ts';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  readonly node: string;
  readonly openssl: string;
  readonly sqlite: string;
  readonly pinning: string;
  readonly oidcProvider: string;
  /** Load average of one minute before the first row: well above 0, others were at work. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    openssl: process.versions.openssl ?? 'unknown',
    sqlite: process.versions.sqlite ?? 'unknown',
    pinning,
    oidcProvider: oidcProviderVersion(),
    loadBefore: loadavg()[0] ?? 0,
  };
}

function oidcProviderVersion(): string {
  const manifest = new URL('../node_modules/oidc-provider/package.json', import.meta.url);
  return String((JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>).version);
}
