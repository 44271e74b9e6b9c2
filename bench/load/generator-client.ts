import { fileURLToPath } from 'node:url';
import { spawnNode, stopChild } from '../subjects/child.ts';
import type { Job, JobResult } from './job.ts';

const script = fileURLToPath(new URL('./generator.ts', import.meta.url));

export interface Generator {
  /** One job at a time. */
  run(job: Job): Promise<JobResult>;
  stop(): Promise<void>;
}

/** The generator in its own process, on one processor, or on any when `core` is null. */
export function startGenerator(core: number | null): Generator {
  const child = spawnNode(script, [], { core, ipc: true });
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        const onExit = (): void => reject(new Error('the load generator ended'));
        child.once('exit', onExit);
        child.once('message', (message: { readonly result?: JobResult; readonly error?: string }) => {
          child.off('exit', onExit);
          if (message.result === undefined) reject(new Error(message.error));
          else resolve(message.result);
        });
        child.send(job);
      }),
    stop: () => stopChild(child),
  };
}
