/** What a client does at the registration endpoint, and what it hears. */
import type { Harness } from '../testing/harness.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Registrant {
  /** POST of a description; anything but an object is sent as it is. */
  register(description: unknown, options?: RegisterOptions): Promise<Answer>;
  read(registration: Registration): Promise<Answer>;
  replace(registration: Registration, description: unknown): Promise<Answer>;
  remove(registration: Registration): Promise<Answer>;
  call(method: string, url: string, token: string | undefined, description?: unknown): Promise<Answer>;
}

export interface RegisterOptions {
  readonly token?: string;
  readonly contentType?: string;
  readonly peer?: string;
}

/** What an answer gave to manage the registration with. */
export interface Registration {
  readonly uri: string;
  readonly token: string;
}

export const shop = {
  redirect_uris: ['https://shop.example/callback'],
  client_name: 'Shop',
  contacts: ['team@shop.example'],
};

/** @param basePath of the tenant: `''` or `/t/acme` */
export function createRegistrant(harness: Harness, basePath = ''): Registrant {
  async function send(path: string, init: RequestInit & { readonly peer?: string }): Promise<Answer> {
    const response = await harness.fetch(path, init);
    const text = await response.text();
    const body = text === '' ? {} : (JSON.parse(text) as Answer['body']);
    return { status: response.status, headers: response.headers, body };
  }

  const registrant: Registrant = {
    register(description, { token, contentType = 'application/json', peer } = {}) {
      const isText = typeof description === 'string' || description instanceof Uint8Array;
      return send(`${basePath}/oauth2/register`, {
        method: 'POST',
        body: (isText ? description : JSON.stringify(description)) as string,
        headers: {
          'content-type': contentType,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(peer !== undefined && { peer }),
      });
    },

    read: ({ uri, token }) => registrant.call('GET', uri, token),
    replace: ({ uri, token }, description) => registrant.call('PUT', uri, token, description),
    remove: ({ uri, token }) => registrant.call('DELETE', uri, token),

    call: (method, url, token, description) =>
      send(url, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(description !== undefined && { 'content-type': 'application/json' }),
        },
        ...(description !== undefined && { body: JSON.stringify(description) }),
      }),
  };
  return registrant;
}

export function registrationOf({ body }: Answer): Registration {
  return { uri: String(body.registration_client_uri), token: String(body.registration_access_token) };
}

/** What of an answer a client may send back (RFC 7592 §2.2). */
export function replaceable({ body }: Answer): Record<string, unknown> {
  const {
    registration_access_token: _token,
    registration_client_uri: _uri,
    client_id_issued_at: _issued,
    client_secret_expires_at: _expires,
    ...rest
  } = body;
  return rest;
}
