import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Told } from './child.ts';
import type { Place } from './driver.ts';

const module = fileURLToPath(new URL('./child.ts', import.meta.url));

export interface Child {
  order(order: Order): void;
  /** The next message of this kind, also one that came before it was asked for. */
  told<Kind extends Told['kind']>(kind: Kind): Promise<Extract<Told, { kind: Kind }>>;
  readonly acknowledged: readonly string[];
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export async function startChild(place: Place): Promise<Child> {
  const child: ChildProcess = fork(module, [place.address], {
    execArgv: ['--conditions=source'],
    stdio: 'inherit',
  });
  const gone = once(child, 'exit');
  const inbox: Told[] = [];
  const acknowledged: string[] = [];
  let wake: (() => void) | undefined;
  child.on('message', (told: Told) => {
    if (told.kind === 'acknowledged') acknowledged.push(told.id);
    else inbox.push(told);
    wake?.();
  });
  child.on('exit', () => wake?.());
  const self: Child = {
    acknowledged,
    order: (order) => {
      child.send(order);
    },
    told: async (kind) => {
      for (;;) {
        const index = inbox.findIndex((told) => told.kind === kind);
        const [found] = index < 0 ? [] : inbox.splice(index, 1);
        if (found !== undefined) return found as Extract<Told, { kind: typeof kind }>;
        if (child.exitCode !== null) throw new Error(`the child process ended with ${child.exitCode}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
    close: async () => {
      self.order({ kind: 'close' });
      await gone;
    },
  };
  await self.told('ready');
  return self;
}
