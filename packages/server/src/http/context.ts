/** What every endpoint gets beside the request: resolved once, at the door. */

import type { TenantRecord } from '../storage/ports.ts';
import type { Logger } from '../telemetry/log.ts';

export interface RequestContext {
  readonly tenant: TenantRecord;
  /** Issuer identifier of the tenant: configured, never taken from the Host header. */
  readonly issuer: string;
  /** `''` for the default tenant, `/t/acme` for others: what every path on a page starts with. */
  readonly basePath: string;
  /** True when the public URL is https: decides cookie prefix, Secure and HSTS. */
  readonly secure: boolean;
  /**
   * The client's address, after trusted proxies. For buckets, and sealed for the person who is asked about a device; never
   * logged, never stored in the clear.
   */
  readonly clientAddress: string;
  /** Epoch seconds when the request arrived; every time in the answer is this one. */
  readonly now: number;
  readonly traceId: string;
  readonly log: Logger;
  /** What the endpoint finds out and the router needs for the answer. */
  readonly exchange: Exchange;
}

export interface Exchange {
  /** `allowedOrigins` of the client that this request turned out to be about (CORS, decision 17). */
  clientOrigins: readonly string[];
}

/** `Request` in, `Response` out. Throws OAuthError or PageError for a refusal; error-response.ts answers. */
export type Endpoint = (request: Request, context: RequestContext) => Promise<Response> | Response;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the tenant's base path. */
  readonly path: string;
  readonly endpoint: Endpoint;
  /** How a thrown error is answered: OAuth JSON, a page, or JSON of our own APIs. */
  readonly errors: 'oauth' | 'page' | 'api';
  /** What a refused caller is asked for: client credentials (the default), or an access token. */
  readonly challenge?: 'Basic' | 'Bearer';
  /** CORS by decision 17. `none`: no cross-origin reader. */
  readonly cors: 'none' | 'any-origin' | 'client-origins';
  /** Name in metrics and buckets. */
  readonly name: string;
  /** A GET that issues or ends something, so that HEAD must not run it. */
  readonly changesState?: boolean;
  /** Served at `/.well-known/…/t/{tenant}` too (RFC 8414 §3.1). */
  readonly inserted?: boolean;
}
