/** Requests as text for the socket. The host is always `localhost`, under which every subject knows itself. */

export interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
}

export function formPost(
  path: string,
  port: number,
  form: Readonly<Record<string, string>>,
  client: ClientCredentials,
): string {
  const body = new URLSearchParams(form).toString();
  return [
    `POST ${path} HTTP/1.1`,
    `Host: localhost:${port}`,
    `Authorization: Basic ${btoa(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`)}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

export function get(path: string, port: number, headers: Readonly<Record<string, string>>): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: localhost:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n');
}
