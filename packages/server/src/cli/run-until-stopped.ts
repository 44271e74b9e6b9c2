/** Starts the server and stays until it is told to stop. */
import type { Config } from '../config/index.ts';
import type { RunningServer } from '../server.ts';
import type { Logger } from '../telemetry/log.ts';

/** Resolves when the server has drained. A signal that comes during the start is obeyed after it. */
export async function runUntilStopped(parts: {
  readonly config: Config;
  readonly log: Logger;
  /** Reads the configuration again (SIGHUP). */
  readonly reload: () => void;
  /** The server answers; what it throws stops the server. */
  readonly onReady: (server: RunningServer) => Promise<void>;
}): Promise<void> {
  const { config, log, reload, onReady } = parts;
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  const onStop = (): void => stop();
  process.once('SIGTERM', onStop).once('SIGINT', onStop);
  try {
    const { startServer } = await import('../server.ts');
    const server = await startServer({ config, log });
    const onHangup = (): void => {
      try {
        reload();
        server.reload();
        log.info('configuration read again');
      } catch (error) {
        log.error({ err: error }, 'the configuration could not be read again; the one before stays in force');
      }
    };
    process.on('SIGHUP', onHangup);
    try {
      await onReady(server);
      await stopped;
    } catch (error) {
      // Why it stops is told, not what stopping met after that.
      await server.stop().catch((problem: unknown) => log.debug({ err: problem }, 'nor did it end cleanly'));
      throw error;
    } finally {
      process.off('SIGHUP', onHangup);
    }
    await server.stop();
  } finally {
    process.off('SIGTERM', onStop).off('SIGINT', onStop);
  }
}
