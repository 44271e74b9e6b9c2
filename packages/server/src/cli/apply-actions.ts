import { createClientSecretVerifier } from '../clients/index.ts';
import {
  type Change,
  maxFileBytes,
  type Plan,
  planSources,
  readSources,
  type Source,
} from '../declarations/index.ts';
import type { ApplyOptions } from './apply.ts';
import { present } from './command.ts';
import { CommandError } from './command-error.ts';
import { withInstance } from './instance.ts';
import { counted } from './table.ts';
import { paint, printable, type Terminal } from './terminal.ts';

const differencesExit = 3;
const maxValueLength = 160;

/** Answers the exit code. */
export async function apply(terminal: Terminal, options: ApplyOptions): Promise<number> {
  const sources = await readAll(terminal, options.file);
  return withInstance(terminal, options, async ({ tenants, clients, hasher, requester }) => {
    const plan = await planSources(
      sources,
      {
        tenants,
        clients,
        verifySecret: createClientSecretVerifier({ hasher }),
        env: terminal.env,
        requester: requester(),
        drafts: new Map(),
      },
      { prune: options.prune === true },
    );
    if (options.dryRun === true) {
      present(terminal, options, { dry_run: true, ...toJson(plan) }, () => describe(terminal, plan));
      return plan.changes.length === 0 ? 0 : differencesExit;
    }
    const removals = plan.changes.filter(({ action }) => action === 'remove').length;
    if (removals > 0 && options.yes !== true) {
      throw new CommandError(
        'not_confirmed',
        `This would remove ${counted(removals, 'client')}, with their tokens and consents. Nothing was changed.`,
        'Look at them: --dry-run    Go through with it: --yes',
      );
    }
    if (options.json !== true) for (const line of describe(terminal, plan)) terminal.out(line);
    await carryOut(plan, () => requester());
    if (options.json === true) present(terminal, options, { dry_run: false, ...toJson(plan) }, () => []);
    else if (plan.changes.length > 0) terminal.out(paint(terminal, 'ok', 'Applied.'));
    return 0;
  });
}

async function carryOut({ changes }: Plan, requester: () => Parameters<Change['apply']>[0]): Promise<void> {
  for (const [index, change] of changes.entries()) {
    try {
      await change.apply(requester());
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (!(error instanceof Error) || !['ClientError', 'TenantError'].includes(error.name)) throw error;
      throw new CommandError(
        code ?? 'refused',
        `${change.kind} ${change.name} could not be applied: ${message} ${index} of ${counted(changes.length, 'change')} had been made before.`,
        'Apply again: what was made stays, and the plan is made anew.',
        { cause: error },
      );
    }
  }
}

async function readAll(terminal: Terminal, paths: readonly string[]): Promise<readonly Source[]> {
  const files = paths.filter((path) => path !== '-');
  const sources = files.length === 0 ? [] : [...readSources(files)];
  if (files.length < paths.length) {
    const text = await terminal.readInput(maxFileBytes);
    sources.push({ name: 'standard input', text, directory: process.cwd() });
  }
  return sources;
}

function toJson({ changes, unchanged, orphans }: Plan): Record<string, unknown> {
  return {
    changes: changes.map(({ action, kind, name, members }) => ({
      action,
      kind,
      name,
      members: members.map(({ member, before, after }) => ({
        member,
        ...(before !== undefined && { before }),
        ...(after !== undefined && { after }),
      })),
    })),
    unchanged,
    orphans: orphans.map(({ kind, name }) => ({ kind, name })),
  };
}

const signs = { create: '+', change: '~', remove: '-', none: ' ' } as const;
const colors = { create: 'ok', change: 'warn', remove: 'bad', none: 'ok' } as const;

function describe(terminal: Terminal, { changes, unchanged, orphans }: Plan): readonly string[] {
  const count = (action: Change['action']): number =>
    changes.filter((change) => change.action === action).length;
  return [
    ...changes.flatMap((change) => [
      paint(
        terminal,
        colors[change.action],
        printable(`${signs[change.action]} ${change.kind} ${change.name}`),
      ),
      ...(change.action === 'remove'
        ? ['    its access tokens, refresh tokens, consents and secrets end']
        : []),
      ...change.members.map(memberLine),
    ]),
    ...orphans.map(({ kind, name }) =>
      printable(`  ${kind} ${name} was made by apply and is in no file now; --prune removes it`),
    ),
    changes.length === 0
      ? `Nothing to do: ${unchanged} as declared.`
      : `${count('create')} to create, ${count('change')} to change, ${count('remove')} to remove, ${unchanged} as declared.`,
  ];
}

function memberLine({ member, before, after }: Change['members'][number]): string {
  const text =
    before === undefined
      ? valueText(after)
      : `${valueText(before)} → ${after === undefined ? 'not set' : valueText(after)}`;
  return printable(`    ${member}: ${text}`);
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text;
}
