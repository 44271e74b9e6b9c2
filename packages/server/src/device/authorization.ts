/** POST /oauth2/device_authorization: a device asks for a code that a person will approve elsewhere (RFC 8628 §3.1, §3.2). */
import {
  formatUserCode,
  makeUserCode,
  OAuthError,
  type Parameters,
  parseResource,
  parseScope,
  resolveResources,
  resolveScope,
} from '@countersign/protocol';
import type { ClientAuthenticator } from '../client-auth/index.ts';
import type { Endpoint, RequestContext, Route } from '../http/context.ts';
import { RateLimitError } from '../http/error-response.ts';
import { readForm } from '../http/form.ts';
import { privateAnswer } from '../http/private-answer.ts';
import { deviceName } from '../login/index.ts';
import type { Random, Vault } from '../ports.ts';
import type { ClientBrake, DeviceBrake } from '../privacy/index.ts';
import type { ClientRecord, DeviceCodeRecord, DeviceCodeStore } from '../storage/ports.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { hashSecret } from '../tokens/index.ts';
import { sealOrigin } from './origin.ts';
import type { UserCodes } from './user-codes.ts';

export interface DeviceAuthorizationParts {
  readonly clientAuth: ClientAuthenticator;
  readonly brake: ClientBrake;
  readonly deviceBrake: Pick<DeviceBrake, 'request'>;
  readonly deviceCodes: Pick<DeviceCodeStore, 'create'>;
  readonly userCodes: Pick<UserCodes, 'hash'>;
  readonly vault: Vault;
  readonly random: Random;
  readonly metrics: Pick<Metrics, 'deviceAuthorizations'>;
  readonly lifetimes: { readonly deviceCodeSeconds: number };
}

const path = '/oauth2/device_authorization';
const intervalSeconds = 5;
/** With ten thousand live codes a second draw is needed once in two million times. */
const maxDraws = 5;

export function createDeviceAuthorizationRoute(parts: DeviceAuthorizationParts): Route {
  const { clientAuth, brake, deviceBrake, deviceCodes, userCodes, vault, random, metrics, lifetimes } = parts;

  const endpoint: Endpoint = async (request, context) => {
    // 1. Parse, once.
    const form = await readForm(request);
    // 2. Who asks, and how often.
    const client = await brake.guardClient(request, context, 'device-authorization', () =>
      clientAuth.authenticate(request, context, form, `${context.issuer}${path}`),
    );
    const wait = brake.spendClient(context, client);
    if (wait > 0) throw new RateLimitError(wait);
    // 3. What for. Everything that can be refused is refused before anything is written.
    requireGrant(client);
    const scope = resolveDeviceScope(form, client);
    const resources = resolveResources({
      requested: form.all('resource').map(parseResource),
      allowed: client.metadata.audiences,
    });
    // 4. A row in the store that anybody can cause to be written: bounded by its source and its client.
    await deviceBrake.request(context, client);
    const { deviceCode, userCode } = await create(request, context, client, { scope, resources });
    metrics.deviceAuthorizations.inc({ outcome: 'requested' });
    const verificationUri = `${context.issuer}/device`;
    const body = {
      device_code: deviceCode,
      user_code: formatUserCode(userCode),
      verification_uri: verificationUri,
      verification_uri_complete: `${verificationUri}?user_code=${formatUserCode(userCode)}`,
      expires_in: lifetimes.deviceCodeSeconds,
      interval: intervalSeconds,
    };
    return privateAnswer('application/json', JSON.stringify(body));
  };

  async function create(
    request: Request,
    context: RequestContext,
    client: ClientRecord,
    asked: Pick<DeviceCodeRecord, 'scope' | 'resources'>,
  ): Promise<{ readonly deviceCode: string; readonly userCode: string }> {
    const { tenant, now } = context;
    const deviceCode = `cs_dc_${random.token(32)}`;
    const row = { tenant: tenant.id, hash: hashSecret('device-code', deviceCode) };
    const record = {
      ...row,
      ...asked,
      clientId: client.id,
      confirmation: null,
      device: deviceName(request.headers.get('user-agent')),
      origin: sealOrigin(vault, row, context.clientAddress),
      traceId: context.traceId,
      intervalSeconds,
      createdAt: now,
      expiresAt: now + lifetimes.deviceCodeSeconds,
    };
    for (let draw = 0; draw < maxDraws; draw += 1) {
      const userCode = makeUserCode(random.bytes);
      const outcome = await deviceCodes.create({ ...record, userCode: userCodes.hash(tenant.id, userCode) });
      if (outcome === 'created') return { deviceCode, userCode };
    }
    throw new OAuthError('temporarily_unavailable', 'no user code is free; try again shortly', {
      detail: `${maxDraws} user codes drawn were all in use`,
    });
  }

  return {
    method: 'POST',
    path,
    endpoint,
    errors: 'oauth',
    // A television may well be a browser.
    cors: 'client-origins',
    name: 'device-authorization',
  };
}

function requireGrant({ metadata }: ClientRecord): void {
  if (metadata.grantTypes.includes('urn:ietf:params:oauth:grant-type:device_code')) return;
  throw new OAuthError('unauthorized_client', 'this client is not registered for the device_code grant', {
    feature: 'grant_type',
  });
}

/**
 * As at the authorization endpoint: what is unknown or not allowed is dropped, and the granted scope is told with the
 * tokens. `offline_access` needs no more than the refresh grant, since the person always sees the approval page.
 */
function resolveDeviceScope(form: Parameters, { metadata }: ClientRecord): readonly string[] {
  const requested = form.get('scope');
  const mayRefresh = metadata.grantTypes.includes('refresh_token');
  return resolveScope({
    requested: requested === undefined ? undefined : parseScope(requested),
    allowed: metadata.scope.filter((value) => value !== 'offline_access' || mayRefresh),
    defaults: metadata.defaultScope,
    onUnknown: 'drop',
  });
}
