import { exportDocuments } from '../declarations/index.ts';
import type { ExportOptions } from './export.ts';
import { withInstance } from './instance.ts';
import type { Terminal } from './terminal.ts';

/** YAML whatever `--json` says of errors: JSON would not be what `apply` reads best, and people edit it. */
export async function exportConfig(terminal: Terminal, options: ExportOptions): Promise<void> {
  await withInstance(terminal, options, async (instance) => {
    for await (const document of exportDocuments(instance, options.tenant))
      terminal.out(document.replace(/\n$/, ''));
  });
}
