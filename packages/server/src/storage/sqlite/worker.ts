/** Entry of the writer thread. It imports node:, kysely and this folder, nothing of the server. */
import { parentPort, workerData } from 'node:worker_threads';
import { sendError } from './errors.ts';
import type { FromWriter, ToWriter, WriterOptions } from './protocol.ts';
import { Writer } from './writer.ts';

async function main(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('worker.ts runs as a worker thread only');
  const answer = (message: FromWriter): void => port.postMessage(message);
  const inbox: ToWriter[] = [];
  let wake: (() => void) | undefined;
  port.on('message', (message: ToWriter) => {
    inbox.push(message);
    wake?.();
  });

  let writer: Writer;
  try {
    writer = await Writer.open(workerData as WriterOptions);
  } catch (error) {
    answer({ kind: 'refused', error: sendError(error) });
    port.close();
    return;
  }
  answer({ kind: 'ready' });

  for (;;) {
    const message = inbox.shift();
    if (message === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    if (message.kind === 'close') {
      writer.close();
      answer({ kind: 'closed' });
      port.close();
      return;
    }
    answer({ kind: 'answers', answers: await writer.run(message.calls, message.waitedMs) });
  }
}

await main();
