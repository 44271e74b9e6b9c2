import type { Row } from '../row.ts';
import { clientCredentials } from './client-credentials.ts';
import { codeFlow } from './code-flow.ts';
import { footprint } from './footprint.ts';
import { introspection } from './introspection.ts';
import { refresh } from './refresh.ts';
import { scale } from './scale.ts';
import { twoProcesses } from './two-processes.ts';

export const rows: readonly Row[] = [
  clientCredentials,
  codeFlow,
  refresh,
  introspection,
  footprint,
  scale,
  twoProcesses,
];
