import { parseArgs } from 'node:util';

export interface Options {
  readonly only: readonly string[];
  /** Measured time of each subject in each round. */
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  readonly writeDocs: boolean;
  readonly help: boolean;
}

/** @throws {RangeError} naming the option that cannot be used; TypeError for one that does not exist */
export function parseOptions(args: readonly string[], rows: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '32' },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const unknown = values.only.find((name) => !rows.includes(name));
  if (unknown !== undefined) throw new RangeError(`--only ${unknown}: there are ${rows.join(', ')}`);
  return {
    only: values.only,
    seconds: within('--seconds', values.seconds, 0.2, 120),
    rounds: Math.round(within('--rounds', values.rounds, 1, 50)),
    connections: Math.round(within('--connections', values.connections, 1, 512)),
    writeDocs: values['write-docs'],
    help: values.help,
  };
}

function within(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!(value >= least && value <= most)) throw new RangeError(`${name} must be ${least} to ${most}`);
  return value;
}

export function helpText(rows: readonly { readonly id: string; readonly title: string }[]): string {
  const width = Math.max(...rows.map(({ id }) => id.length));
  return [
    'Measures Countersign beside node-oidc-provider and beside a bare signing handler, as ratios in one run.',
    '',
    'Usage: npm run bench -- [options]',
    '',
    '  --only ROW         only this row; may be repeated',
    '  --seconds N        measured seconds of each subject in each round (3)',
    '  --rounds N         rounds; the subjects alternate, the median of the ratios counts (5)',
    '  --connections N    kept-alive connections, one request under way on each (32)',
    '  --write-docs       write the table into docs/performance.md; needs all rows',
    '  -h, --help         this text',
    '',
    'Rows:',
    ...rows.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}`),
    '',
    'Results: bench/results/latest.json. A profile: node bench/profile.ts --help',
  ].join('\n');
}
