/** The composition root: the one file that knows every module. Nothing here decides anything. */
import type { GrantType } from '@countersign/protocol';
import { createAccountRoutes } from './account/index.ts';
import { createAuditLog } from './audit/index.ts';
import {
  createAuthorize,
  createInteractions,
  createParRoute,
  createRequestObjects,
} from './authorize/index.ts';
import { createClientAuthenticator } from './client-auth/index.ts';
import {
  createClientKeys,
  createClientSecretVerifier,
  createClientUses,
  createEncryptionKeys,
  createInitialAccessTokens,
  createSealedReferenceCheck,
  createSectorDocumentCheck,
  createSelfRegistrations,
  createUnusedClients,
} from './clients/index.ts';
import type { Config } from './config/index.ts';
import { createConsentRoutes } from './consent/index.ts';
import {
  createDeviceAuthorizationRoute,
  createDeviceVerificationRoutes,
  createUserCodes,
} from './device/index.ts';
import { createDiscoveryRoutes } from './discovery.ts';
import { createHelpRoutes } from './help/index.ts';
import type { Route } from './http/context.ts';
import { createErrorResponder } from './http/error-response.ts';
import { renderErrorPage } from './http/pages/index.ts';
import { type Bindings, createRouter } from './http/router.ts';
import { createIntrospectRoute } from './introspect.ts';
import { createIntrospectAnswer } from './introspect-answer.ts';
import { createKeyManager, createLocalSigner, type KeyManager } from './keys/index.ts';
import { createFormGuard, createLoginRoutes, createSessions } from './login/index.ts';
import { createDelivery, createLogoutRoutes, createLogoutWorker } from './logout/index.ts';
import type { Clock, Outbound, Random, Vault } from './ports.ts';
import { createBrakes, createBuckets, createDeviceBrake } from './privacy/index.ts';
import {
  createDescribeSelf,
  createKeyCheck,
  createRegistrationRoutes,
  createStatementKeys,
} from './registration/index.ts';
import { createRevokeRoute } from './revoke.ts';
import { createSetupRoutes } from './setup/index.ts';
import type { EphemeralStore, Store } from './storage/ports.ts';
import { createRecordCache } from './storage/record-cache.ts';
import {
  createMappedClaims,
  createPasswordHasher,
  createPasswordRules,
  createPublicSubjects,
  createUsers,
} from './subjects/index.ts';
import type { Logger } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { createAuthorizationCodeGrant } from './token/authorization-code.ts';
import { createClientCredentialsGrant } from './token/client-credentials.ts';
import { createDeviceCodeGrant } from './token/device-code.ts';
import { createTokenRoute } from './token/endpoint.ts';
import { createRefreshTokenGrant } from './token/refresh-token.ts';
import {
  createAccessTokenVerifier,
  createIdTokenHints,
  createLogoutTokens,
  createResponseEncryption,
  createRevocations,
  createTokenIssuer,
} from './tokens/index.ts';
import { createUserinfoRoutes } from './userinfo.ts';
import { createUserinfoAnswer } from './userinfo-answer.ts';

export interface AppParts {
  readonly config: Config;
  readonly store: Store;
  readonly ephemeral: EphemeralStore;
  readonly vault: Vault;
  /** Keys of the rate-limit buckets, the newest first; the same array until they change. */
  readonly bucketSecrets: () => readonly Uint8Array[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly outbound: Outbound;
}

export interface App {
  /** `Request` in, `Response` out; the second argument is what @hono/node-server hands over. */
  readonly fetch: (request: Request, env?: unknown) => Response | Promise<Response>;
  readonly keys: KeyManager;
  /** Writes when clients were last used, and ends those that registered themselves and that nobody uses; called on a timer. */
  tendClients(isEnding: () => boolean): Promise<void>;
  /** Loads what must be known before the first request. */
  start(): Promise<void>;
  /** Writes what waits. The stores stay open. */
  stop(): Promise<void>;
}

const cachedRecords = 10_000;

export function createApp(parts: AppParts): App {
  const { config, store, ephemeral, vault, clock, random, log, metrics } = parts;
  const { lifetimes } = config;
  const { changes } = store;

  // Caches, flushed by the change feed alone.
  const recordKey = (tenant: string, id: string): string => `${tenant} ${id}`;
  const cacheOf = <Value>(
    topic: 'client' | 'subject',
    find: (tenant: string, id: string) => Promise<Value | undefined>,
  ) =>
    createRecordCache<Value | undefined>({
      changes,
      topics: [topic],
      limit: cachedRecords,
      load: (key) => {
        const space = key.indexOf(' ');
        return find(key.slice(0, space), key.slice(space + 1));
      },
      keyOf: (change) => recordKey(change.tenant, change.id),
      keep: (value) => value !== undefined,
    });
  const tenants = createRecordCache({
    changes,
    topics: ['tenant'],
    limit: cachedRecords,
    load: (id) => store.tenants.find(id),
    keyOf: (change) => change.id,
    keep: (tenant) => tenant !== undefined,
  });
  const hosts = createRecordCache({
    changes,
    topics: ['tenant'],
    limit: cachedRecords,
    load: (host) => store.tenants.findByHost(host),
    keyOf: () => null,
  });
  const clients = cacheOf('client', store.clients.find);
  const subjects = cacheOf('subject', store.subjects.find);
  const findClient = (tenant: string, id: string) => clients.get(recordKey(tenant, id));
  const findSubject = (tenant: string, id: string) => subjects.get(recordKey(tenant, id));

  // Services.
  const audit = createAuditLog({ store: store.audit, vault, log });
  const { sealPersonal } = audit;
  const clientKeys = createClientKeys({ outbound: parts.outbound, changes, clock, log });
  const keys = createKeyManager({
    store: store.keys,
    changes,
    signer: createLocalSigner({ vault }),
    clock,
    times: config.keys,
    features: config.features,
    environment: config.environment,
  });
  const revocations = createRevocations({ store: store.revocations, changes, clock });
  const hints = createIdTokenHints({ keys });
  const encryption = createResponseEncryption(createEncryptionKeys(clientKeys));
  const publicSubjects = createPublicSubjects({ store: store.pairwiseSubjects, changes, random, clock });
  const issuer = createTokenIssuer({ keys, publicSubjects, random, encryption, lifetimes });
  const verifier = createAccessTokenVerifier({
    keys,
    accessTokens: store.accessTokens,
    revocations,
    publicSubjects,
    findClient,
    findSubject,
  });
  const hasher = createPasswordHasher({
    concurrency: config.passwords.hashConcurrency,
    queue: config.passwords.hashQueue,
  });
  const rules = createPasswordRules({ minLength: config.passwords.minLength });
  const users = createUsers({
    subjects: store.subjects,
    sessions: store.sessions,
    hasher,
    rules,
    vault,
    sealPersonal,
    random,
    revocationSeconds: lifetimes.accessTokenSeconds + revocationMarginSeconds,
  });
  const buckets = createBuckets({ ephemeral, secrets: parts.bucketSecrets, clock });
  const brakes = createBrakes({
    buckets,
    clock,
    metrics,
    enabled: config.rateLimits.enabled,
    clientPerSecond: config.rateLimits.clientPerSecond,
  });
  const deviceBrake = createDeviceBrake({ buckets, metrics, enabled: config.rateLimits.enabled });
  const verifyClientSecret = createClientSecretVerifier({ hasher });
  const clientAuth = createClientAuthenticator({
    ephemeral,
    findClient,
    clientKeys,
    verifyClientSecret,
    assertionSkewSeconds: config.clockSkew.assertionSeconds,
  });
  const clientUses = createClientUses({ store: store.clients });
  const unusedClients = createUnusedClients({
    store: store.clients,
    findTenant: (id) => tenants.get(id),
    random,
    revocationSeconds: lifetimes.accessTokenSeconds + revocationMarginSeconds,
    onRemoved: () => metrics.clientRemovals.inc({ by: 'expiry' }),
  });
  const sessions = createSessions({
    sessions: store.sessions,
    random,
    sealPersonal,
    lifetimes: {
      idleSeconds: lifetimes.sessionIdleSeconds,
      absoluteSeconds: lifetimes.sessionSeconds,
      accessTokenSeconds: lifetimes.accessTokenSeconds + revocationMarginSeconds,
    },
  });
  const guard = createFormGuard({ vault });
  const interactions = createInteractions({
    ephemeral,
    random,
    lifetimeSeconds: lifetimes.interactionSeconds,
    brake: brakes.login.visit,
  });

  const userCodes = createUserCodes({ vault });
  const logouts = createLogoutWorker({
    store: store.logoutDeliveries,
    changes,
    delivery: createDelivery({
      findTenant: (id) => tenants.get(id),
      findClient,
      tokens: createLogoutTokens({ keys, publicSubjects, encryption, random }),
      outbound: parts.outbound,
      clock,
      publicUrl: config.server.publicUrl,
    }),
    clock,
    random,
    log,
    metrics,
    sealed: config.outbound.sealed,
  });

  const mappedClaims = createMappedClaims({ findSubject, groups: store.groups });

  // Endpoints.
  const brake = brakes.client;
  const grants = [
    createAuthorizationCodeGrant({ codes: store.codes, vault, random, audit, lifetimes }),
    createRefreshTokenGrant({ families: store.refreshFamilies, vault, audit, lifetimes }),
    createClientCredentialsGrant({ accessTokens: store.accessTokens }),
    createDeviceCodeGrant({ deviceCodes: store.deviceCodes, vault, random, audit, metrics, lifetimes }),
  ];
  const requestObjects = createRequestObjects({
    clientKeys,
    outbound: parts.outbound,
    ephemeral,
    skewSeconds: config.clockSkew.assertionSeconds,
    brake: brakes.login.visit,
  });
  const authorize = createAuthorize({
    findClient,
    findSession: sessions.find,
    pushedRequests: store.pushedRequests,
    requestObjects,
    codes: store.codes,
    consents: store.consents,
    interactions,
    hints,
    publicSubjects,
    random,
    audit,
    metrics,
    lifetimes,
  });
  const { describe } = authorize;
  const person = {
    interactions,
    sessions,
    guard,
    brake: brakes.login,
    hasher,
    rules,
    random,
    minPasswordLength: config.passwords.minLength,
  };
  const protocolRoutes: readonly Route[] = [
    ...authorize.routes,
    createTokenRoute({
      clientAuth,
      brake,
      grants,
      issuer,
      audit,
      metrics,
      findSubject,
      mappedClaims,
      noteUse: clientUses.note,
    }),
    createParRoute({
      clientAuth,
      brake,
      pushedRequests: store.pushedRequests,
      requestObjects,
      hints,
      random,
      lifetimes,
    }),
    createDeviceAuthorizationRoute({
      clientAuth,
      brake,
      deviceBrake,
      deviceCodes: store.deviceCodes,
      userCodes,
      vault,
      random,
      metrics,
      lifetimes,
    }),
    createIntrospectRoute({
      clientAuth,
      brake,
      verifier,
      families: store.refreshFamilies,
      vault,
      publicSubjects,
      mappedClaims,
      findSubject,
      answer: createIntrospectAnswer({ keys, encryption, features: config.features }),
    }),
    createRevokeRoute({
      clientAuth,
      brake,
      verifier,
      families: store.refreshFamilies,
      revocations: store.revocations,
      vault,
      random,
      audit,
      accessTokenSeconds: lifetimes.accessTokenSeconds,
    }),
    ...createUserinfoRoutes({
      verifier,
      findSubject,
      mappedClaims,
      answer: createUserinfoAnswer({ keys, encryption }),
    }),
    ...createLogoutRoutes({
      findClient,
      hints,
      resolveSubject: publicSubjects.resolve,
      interactions,
      sessions,
      guard,
      sessionStore: store.sessions,
      subjects: store.subjects,
      families: store.refreshFamilies,
    }),
    ...createRegistrationRoutes({
      registrations: createSelfRegistrations({
        store: store.clients,
        hasher,
        random,
        revocationSeconds: lifetimes.accessTokenSeconds + revocationMarginSeconds,
        checks: [
          createSealedReferenceCheck(config.outbound),
          createSectorDocumentCheck({ outbound: parts.outbound }),
          createKeyCheck(keys),
        ],
        features: config.features,
      }),
      initialTokens: createInitialAccessTokens({ store: store.initialAccessTokens, random }),
      describeSelf: createDescribeSelf({
        statementKeys: createStatementKeys({ outbound: parts.outbound, clock, log }),
        skewSeconds: config.clockSkew.assertionSeconds,
      }),
      findClient,
      verifyClientSecret,
      brake: { ...brakes.client, ...brakes.registration },
      observer: {
        registered: () => metrics.clientRegistrations.inc({ outcome: 'registered' }),
        refused: (reason) => metrics.clientRegistrations.inc({ outcome: reason }),
        removed: () => metrics.clientRemovals.inc({ by: 'client' }),
      },
    }),
  ];
  const discovery = createDiscoveryRoutes({
    keys,
    features: config.features,
    servedPaths: new Set(protocolRoutes.map((route) => route.path)),
    grantTypes: grants.map((grant): GrantType => grant.type),
    uiLocales: ['en', 'de'],
    reachesOut: !config.outbound.sealed,
  });
  const pages: readonly Route[] = [
    ...createLoginRoutes({
      ...person,
      describe,
      subjects: store.subjects,
      ephemeral,
      audit: store.audit,
      observer: {
        checked: (seconds) => metrics.authLatency.observe(seconds),
        succeeded: (method) => metrics.authSuccess.inc({ method }),
        failed: (reason) => metrics.authFailure.inc({ reason }),
      },
    }),
    ...createConsentRoutes({
      ...person,
      describe,
      subjects: store.subjects,
      consents: store.consents,
      audit: store.audit,
    }),
    ...createDeviceVerificationRoutes({
      ...person,
      brake: deviceBrake,
      deviceCodes: store.deviceCodes,
      userCodes,
      findClient,
      subjects: store.subjects,
      sealPersonal,
      audit: store.audit,
      vault,
      metrics,
      lifetimes,
    }),
    ...createAccountRoutes({
      ...person,
      subjects: store.subjects,
      clients: store.clients,
      consents: store.consents,
      accessTokenSeconds: lifetimes.accessTokenSeconds + revocationMarginSeconds,
    }),
    ...createSetupRoutes({ ...person, oneTimeTokens: store.oneTimeTokens, users }),
    ...createHelpRoutes(),
  ];

  const router = createRouter({
    publicUrl: config.server.publicUrl,
    proxies: config.server.trustedProxies,
    clock,
    log,
    metrics,
    findTenant: (id) => tenants.get(id),
    findTenantByHost: (host) => hosts.get(host),
    respondToError: createErrorResponder({ renderErrorPage }),
    routes: [...discovery, ...protocolRoutes, ...pages],
  });

  return {
    fetch: (request, env) => router.fetch(request, (env ?? {}) as Bindings),
    keys,
    async tendClients(isEnding) {
      await clientUses.flush();
      await unusedClients.sweep(clock.now(), isEnding);
    },
    async start() {
      await revocations.start();
      await logouts.start();
    },
    async stop() {
      await logouts.stop();
      await audit.close();
      // What is lost here is noted again by the next use.
      await clientUses
        .flush()
        .catch((error: unknown) => log.debug({ err: error }, 'last uses were not written'));
      for (const cache of [tenants, hosts, clients, subjects, publicSubjects, clientKeys, keys, revocations])
        cache.close();
    },
  };
}

/** A revocation outlives the tokens it covers by this much, for clocks that differ. */
const revocationMarginSeconds = 60;
