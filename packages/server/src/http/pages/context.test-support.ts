import { defaultDynamicClients } from '../../storage/tenant-settings.ts';
import { createLogger } from '../../telemetry/log.ts';
import type { RequestContext } from '../context.ts';

export const testTime = 1_800_000_000;

/** The context of a request on the default tenant at http://localhost:9400, or as `change` says. */
export function createTestContext(
  change: Partial<RequestContext> = {},
  tenantId = 'default',
): RequestContext {
  const isDefault = tenantId === 'default';
  return {
    tenant: {
      id: tenantId,
      name: isDefault ? 'Default' : `Tenant ${tenantId}`,
      profile: 'standard',
      host: null,
      settings: {
        defaultSigningAlgorithm: 'ES256',
        requireNonceWithoutPkce: true,
        refreshGraceSeconds: 0,
        refreshOnReuse: 'family',
        auditDurability: 'batched',
        dynamicRegistration: 'off',
        dynamicClients: defaultDynamicClients,
      },
      createdAt: testTime,
      updatedAt: testTime,
      version: 1,
    },
    issuer: `http://localhost:9400${isDefault ? '' : `/t/${tenantId}`}`,
    basePath: isDefault ? '' : `/t/${tenantId}`,
    secure: false,
    clientAddress: '127.0.0.1',
    now: testTime,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    log: createLogger('silent'),
    exchange: { clientOrigins: [] },
    ...change,
  };
}
