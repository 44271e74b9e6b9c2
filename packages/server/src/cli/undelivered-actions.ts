import type { LogoutDeliveryKey, LogoutDeliveryRecord, LogoutDeliveryStore } from '../storage/ports.ts';
import { auditChange, type Requester } from '../tenants/index.ts';
import { type CommonOptions, present, type TenantOption } from './command.ts';
import { CommandError, UsageError } from './command-error.ts';
import { type Instance, withInstance } from './instance.ts';
import { counted, formatTime, table } from './table.ts';
import { paint, printable, type Terminal } from './terminal.ts';

type Options = CommonOptions & TenantOption;

export type UndeliveredAction = 'retry' | 'drop';

const pageSize = 500;

export async function listUndelivered(
  terminal: Terminal,
  options: Options & { readonly after?: string; readonly limit: number },
): Promise<void> {
  const after = options.after === undefined ? undefined : parseKey(options.after);
  await withInstance(terminal, options, async ({ tenants, store, config }) => {
    await tenants.get(options.tenant);
    const found = await store.logoutDeliveries.list(options.tenant, {
      limit: options.limit,
      ...(after !== undefined && { after }),
    });
    const last = found.length === options.limit ? found.at(-1) : undefined;
    const next = last === undefined ? null : `${last.sessionId}/${last.clientId}`;
    const { sealed } = config.outbound;
    present(terminal, options, { undelivered: found.map(toJson), next, sealed }, () => [
      found.length === 0
        ? `Every client in the tenant ${options.tenant} has been told of the logouts it asked for.`
        : `${counted(found.length, 'logout')} not delivered in the tenant ${options.tenant}.`,
      ...(found.length === 0
        ? []
        : table(
            ['SESSION', 'CLIENT', 'STATE', 'ENDED', 'ATTEMPTS', 'NEXT', 'REASON'],
            found.map((owed) => row(terminal, owed)),
          )),
      ...explain(found),
      ...(next === null ? [] : [`More: countersign session undelivered list --after ${next}`]),
      ...(sealed
        ? ['outbound.sealed is set: nothing is sent until it is lifted and the server restarted.']
        : []),
    ]);
  });
}

/** One, or all that were given up. */
export async function settleUndelivered(
  terminal: Terminal,
  action: UndeliveredAction,
  chosen: LogoutDeliveryKey | 'dead',
  options: Options,
): Promise<void> {
  await withInstance(terminal, options, async (instance) => {
    await instance.tenants.get(options.tenant);
    const keys = chosen === 'dead' ? await listDead(instance, options.tenant) : [chosen];
    const settled: LogoutDeliveryKey[] = [];
    for (const key of keys) if (await settle(instance, action, options.tenant, key)) settled.push(key);
    if (chosen !== 'dead' && settled.length === 0) throw await refusal(instance, options.tenant, chosen);
    const json = settled.map(({ sessionId, clientId }) => ({ session: sessionId, client_id: clientId }));
    present(terminal, options, { [action === 'retry' ? 'retried' : 'dropped']: json }, () => [
      action === 'retry'
        ? `${counted(settled.length, 'logout')} due at once: a running server delivers.`
        : `Dropped ${counted(settled.length, 'logout')}.`,
    ]);
  });
}

function settle(
  { store, requester }: Instance,
  action: UndeliveredAction,
  tenant: string,
  key: LogoutDeliveryKey,
): Promise<boolean> {
  const asked = requester();
  const { logoutDeliveries } = store;
  return action === 'retry'
    ? logoutDeliveries.retry(tenant, key, asked.now, trail(asked, 'logout.retried', tenant, key))
    : logoutDeliveries.drop(tenant, key, trail(asked, 'logout.dropped', tenant, key));
}

function trail(
  asked: Requester,
  action: string,
  tenant: string,
  { clientId, sessionId }: LogoutDeliveryKey,
): Parameters<LogoutDeliveryStore['drop']>[2] {
  const target = { kind: 'client', id: clientId };
  return { audit: [auditChange(asked, { tenant, action, target, details: { session: sessionId } })] };
}

async function listDead({ store }: Instance, tenant: string): Promise<readonly LogoutDeliveryKey[]> {
  const dead: LogoutDeliveryKey[] = [];
  let after: LogoutDeliveryKey | undefined;
  for (;;) {
    const page = await store.logoutDeliveries.list(tenant, {
      limit: pageSize,
      ...(after !== undefined && { after }),
    });
    dead.push(...page.filter(({ state }) => state === 'dead'));
    after = page.at(-1);
    if (page.length < pageSize) return dead;
  }
}

/** Why nothing could be done: there is none, or a server is at it. */
async function refusal({ store }: Instance, tenant: string, key: LogoutDeliveryKey): Promise<CommandError> {
  if ((await store.logoutDeliveries.find(tenant, key)) !== undefined) {
    return new CommandError(
      'being_sent',
      `The client ${key.clientId} is being told at this moment.`,
      'See what comes of it: countersign session undelivered list',
    );
  }
  return new CommandError(
    'unknown_logout',
    `In the tenant ${tenant} the client ${JSON.stringify(key.clientId)} is owed no logout of a session ${JSON.stringify(key.sessionId)}.`,
    'See what is owed: countersign session undelivered list',
  );
}

/** `session/client`; a session id has no slash, a client id may. */
function parseKey(text: string): LogoutDeliveryKey {
  const slash = text.indexOf('/');
  if (slash < 1) throw new UsageError('--after is SESSION/CLIENT, as the list before it printed');
  return { sessionId: text.slice(0, slash), clientId: text.slice(slash + 1) };
}

function toJson(owed: LogoutDeliveryRecord): Readonly<Record<string, unknown>> {
  return {
    session: owed.sessionId,
    client_id: owed.clientId,
    subject: owed.subject,
    state: owed.state,
    attempts: owed.attempts,
    reason: owed.reason,
    ended_at: owed.createdAt,
    due_at: owed.state === 'dead' ? null : owed.dueAt,
    expires_at: owed.expiresAt,
  };
}

/** What a reason means, and what to do about it; a status speaks for itself. */
const explanations: Readonly<Record<string, string>> = {
  forbidden_address:
    'the URI leads to an address that is neither public nor in outbound.allowedNetworks. Correct it: countersign client set ID --backchannel-logout-uri URI',
  forbidden_url:
    'the URI is not https, or its host is spelled in a way that is not called. Correct it: countersign client set ID --backchannel-logout-uri URI',
  unreachable: 'no connection to the client, or no trusted certificate. Its operator can tell.',
  timeout: 'the client did not answer in 10 seconds. Its operator can tell.',
  too_large: 'the client answered with more than 16 kB, where nothing is expected. Its operator can tell.',
  no_encryption_key: 'its ID tokens are encrypted, and its keys hold none for that.',
  interrupted: 'servers ended in the middle of every attempt. See their logs.',
};

function explain(found: readonly LogoutDeliveryRecord[]): readonly string[] {
  const reasons = [...new Set(found.map(({ reason }) => reason ?? ''))];
  return reasons.flatMap((reason) => {
    const explanation = explanations[reason];
    return explanation === undefined ? [] : [`${reason}: ${explanation}`];
  });
}

const colours = { waiting: 'warn', sending: 'ok', dead: 'bad' } as const;

function row(terminal: Terminal, owed: LogoutDeliveryRecord): readonly string[] {
  return [
    owed.sessionId,
    printable(owed.clientId),
    paint(terminal, colours[owed.state], owed.state),
    formatTime(owed.createdAt),
    String(owed.attempts),
    owed.state === 'dead' ? '-' : formatTime(owed.dueAt),
    owed.reason ?? '-',
  ];
}
