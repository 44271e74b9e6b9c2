/** What both sides are set up with, so that the same requests mean the same on each. */

export const names = {
  /** Asks for its own tokens. */
  service: 'bench-service',
  /** Introspects tokens of the service. */
  resourceServer: 'bench-api',
  /** The service again, with tokens that are looked up and not read. */
  opaqueService: 'bench-opaque',
  /** Signs people in, first party: no consent page. */
  web: 'bench-web',
  /** The same with opaque access tokens. */
  opaqueWeb: 'bench-web-opaque',
  /** Changed while the others are under load. */
  canary: 'bench-canary',
} as const;

export const resource = 'https://api.example/';
/** A resource whose tokens are opaque at node-oidc-provider, where the format hangs on the resource. */
export const opaqueResource = 'https://opaque.example/';
export const redirectUri = 'https://app.example/cb';
export const serviceScope = 'api:read';
export const webScope = 'openid profile email';
export const accessTokenSeconds = 3600;
