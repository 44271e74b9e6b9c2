/** A step's input, made of what the test is about. */

import assert from 'node:assert/strict';
import { OAuthError, type OAuthErrorCode, parseClientMetadata, parseParameters } from '@countersign/protocol';
import type { RequestContext } from '../../http/context.ts';
import { createTestContext } from '../../http/pages/context.test-support.ts';
import type { ClientRecord, Profile, TenantSettings } from '../../storage/ports.ts';
import type { StepInput } from '../request.ts';

export function clientWith(
  metadata: Readonly<Record<string, unknown>> = {},
  profile: Profile = 'standard',
): ClientRecord {
  return {
    tenant: 'default',
    id: 'web',
    subject: 'SVC-default-web',
    metadata: parseClientMetadata(
      { redirect_uris: ['https://app.example/cb'], scope: 'openid profile', ...metadata },
      { profile, defaultIdTokenAlg: 'ES256' },
    ),
    secrets: [],
    selfRegistration: null,
    applied: false,
    lastUsedAt: 0,
    disabledAt: 0,
    createdAt: 0,
    updatedAt: 0,
    version: 1,
  };
}

export function contextOf(
  profile: Profile = 'standard',
  settings: Partial<TenantSettings> = {},
): RequestContext {
  const { tenant, ...context } = createTestContext();
  return {
    ...context,
    log: createTestContext().log,
    tenant: { ...tenant, profile, settings: { ...tenant.settings, ...settings } },
  };
}

export function stepInput(
  query: string,
  options: {
    readonly client?: ClientRecord;
    readonly context?: RequestContext;
  } = {},
): StepInput {
  return {
    parameters: parseParameters(query),
    client: options.client ?? clientWith(),
    context: options.context ?? contextOf(),
  };
}

/** That `run` is refused with this code, and this feature if one is named. */
export function refuses(run: () => unknown, code: OAuthErrorCode, feature?: string): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof OAuthError, String(error));
    assert.equal(error.code, code);
    if (feature !== undefined) assert.equal(error.feature, feature);
    return true;
  });
}
