import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { runTool } from './recipes/tool.ts';
import type { Stage } from './stage.ts';

/** A trust store of the Java kind that trusts the stage's server and nobody else. */
export async function makeTrustStore({
  folder,
  secure,
}: Stage): Promise<{ readonly file: string; readonly password: string }> {
  const [file, password] = [join(folder, 'trust.p12'), randomBytes(16).toString('hex')];
  const where = ['-keystore', file, '-storetype', 'PKCS12', '-storepass', password];
  const what = ['-alias', 'countersign', '-file', secure?.caFile ?? ''];
  await runTool('keytool', ['-importcert', '-noprompt', ...what, ...where]);
  return { file, password };
}
