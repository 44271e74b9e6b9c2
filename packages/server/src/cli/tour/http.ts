/** A client's side of HTTP: forms out, JSON back, nothing followed. */
export interface Credentials {
  readonly id: string;
  /** null: a public client, which names itself in the form. */
  readonly secret: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The members of a JSON object, or none. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Http {
  get(url: string, bearer?: string): Promise<Answer>;
  post(url: string, form: Readonly<Record<string, string>>, client?: Credentials): Promise<Answer>;
  /** As a browser sends it: with its own headers, redirects left to the caller. */
  send(url: string, init: RequestInit): Promise<Response>;
}

const patienceMs = 10_000;

export function createHttp(signal: AbortSignal): Http {
  async function send(url: string, init: RequestInit): Promise<Response> {
    const patience = AbortSignal.timeout(patienceMs);
    return fetch(url, { redirect: 'manual', ...init, signal: AbortSignal.any([signal, patience]) });
  }

  async function read(response: Response): Promise<Answer> {
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, text, body: readObject(text) };
  }

  return {
    send,
    get: async (url, bearer) =>
      read(await send(url, bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } })),
    async post(url, form, client) {
      const isPublic = client?.secret === null;
      const body = new URLSearchParams({ ...form, ...(isPublic && { client_id: client.id }) });
      const headers = client === undefined || client.secret === null ? {} : basic(client.id, client.secret);
      return read(await send(url, { method: 'POST', body, headers }));
    },
  };
}

/** Form-encoded before they are put together (RFC 6749 §2.3.1). */
function basic(id: string, secret: string): { readonly authorization: string } {
  const pair = [id, secret].map((part) => new URLSearchParams({ part }).toString().slice('part='.length));
  return { authorization: `Basic ${Buffer.from(pair.join(':')).toString('base64')}` };
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** For a failure: what the server said, and where its log has more. */
export function describeAnswer({ status, headers, body, text }: Answer): string {
  const said =
    typeof body.error === 'string' ? `${body.error} (${body.error_description})` : text.slice(0, 200);
  return `the server answered ${status} ${said}, trace ${headers.get('x-trace-id')}`;
}

/** A member that must be text for the flow to go on. */
export function textOf({ body }: Answer, member: string): string {
  const value = body[member];
  return typeof value === 'string' ? value : '';
}
