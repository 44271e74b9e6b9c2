import type { Config } from '../config/index.ts';
import type { Outbound } from '../ports.ts';
import { systemClock } from '../system.ts';
import { createLogger } from '../telemetry/log.ts';

/** The way out for a command: loaded at the first call, since few commands make one. */
export function lazyOutbound(config: Config): Outbound {
  let made: Promise<Outbound> | undefined;
  return {
    async send(request) {
      made ??= make(config);
      return (await made).send(request);
    },
  };
}

async function make(config: Config): Promise<Outbound> {
  const [{ createOutbound }, { createMetrics }, { readCertificates }] = await Promise.all([
    import('../outbound/index.ts'),
    import('../telemetry/metrics.ts'),
    import('../server.ts'),
  ]);
  return createOutbound({
    ...config.outbound,
    certificates: readCertificates(config),
    log: createLogger('silent'),
    metrics: createMetrics({ processMetrics: false }),
    clock: systemClock,
  });
}
