/** Gate: no log that a test run kept holds a canary. Seeing no log at all is a failure as well. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLeaks, logsFolder } from './canaries.ts';

const files = globSync('**/*.log', { cwd: logsFolder });
const leaks = files.flatMap((file) =>
  findLeaks(readFileSync(join(logsFolder, file), 'utf8')).map((leak) => ({ file, ...leak })),
);

for (const { file, lineNumber, what, line } of leaks)
  console.error(`${file}:${lineNumber}: ${what}: ${line}`);
if (files.length === 0)
  console.error('no test kept a log (keepLog of scripts/canaries.ts): nothing was checked');
console.log(`canaries: ${files.length} logs, ${leaks.length} leaks`);
if (leaks.length > 0 || files.length === 0) process.exitCode = 1;
