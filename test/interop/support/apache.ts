/** An Apache of the test's own: its own ports, files and modules, an unprivileged user, and nothing of the system's configuration. */
import { chownSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './recipes/tool.ts';

export interface ApacheFiles {
  readonly folder: string;
  readonly configurationFile: string;
  /** Where the test is root: who Apache runs as. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  readonly logFile: string;
}

const modules = [
  'mpm_event',
  'authz_core',
  'authn_core',
  'authz_user',
  'proxy',
  'proxy_http',
  'auth_openidc',
];

/** Writes a server that has nothing but `site` in it. The folder belongs to the user that Apache runs as. */
export async function prepareApache(
  cleaning: AsyncDisposableStack,
  { port, site, caFile }: { readonly port: number; readonly site: string; readonly caFile: string },
): Promise<ApacheFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-apache-'));
  cleaning.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const [configurationFile, ownCaFile] = [join(folder, 'httpd.conf'), join(folder, 'ca.pem')];
  const configuration = [
    `ServerRoot ${folder}`,
    'ServerName localhost',
    `Listen 127.0.0.1:${port}`,
    `PidFile ${folder}/httpd.pid`,
    `DefaultRuntimeDir ${folder}`,
    `ErrorLog ${folder}/error.log`,
    'LogLevel warn',
    `DocumentRoot ${folder}`,
    ...modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
    site,
  ];
  writeFileSync(configurationFile, `${configuration.join('\n')}\n`, { mode: 0o600 });
  copyFileSync(caFile, ownCaFile);
  const ids = await unprivileged();
  if (ids !== undefined)
    for (const path of [folder, configurationFile, ownCaFile]) chownSync(path, ids.uid, ids.gid);
  return {
    folder,
    configurationFile,
    ids,
    logFile: join(folder, 'error.log'),
  };
}

async function unprivileged(): Promise<ApacheFiles['ids']> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => runTool('id', [flag, 'nobody'])));
  return { uid: Number(uid), gid: Number(gid) };
}
