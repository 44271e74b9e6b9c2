/** Many requests let go at one moment: everything but the last byte is sent beforehand, over sockets of their own. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RacingRequest {
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

export interface RacingAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: Record<string, unknown>;
  /** Milliseconds of one clock: when the last byte was written, and when the answer had come. */
  readonly releasedAt: number;
  readonly answeredAt: number;
}

export async function releaseTogether(requests: readonly RacingRequest[]): Promise<readonly RacingAnswer[]> {
  const runners = await Promise.all(requests.map(prepare));
  // The servers have read all there is to read but the last bytes.
  await sleep(50);
  for (const runner of runners) runner.release();
  return Promise.all(runners.map((runner) => runner.answer));
}

/** How many requests had been let go before the first answer came: what makes it a race. */
export function countOverlapping(answers: readonly RacingAnswer[]): number {
  const first = Math.min(...answers.map((answer) => answer.answeredAt));
  return answers.filter((answer) => answer.releasedAt <= first).length;
}

async function prepare(request: RacingRequest): Promise<{ release(): void; answer: Promise<RacingAnswer> }> {
  const socket = connect(request.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.setNoDelay(true);
  const text = format(request);
  socket.write(text.slice(0, -1));
  let releasedAt = 0;
  return {
    answer: readAnswer(socket, () => releasedAt),
    release() {
      releasedAt = performance.now();
      socket.write(text.slice(-1));
    },
  };
}

function format({ port, method, path, headers = {}, form }: RacingRequest): string {
  const body = form === undefined ? '' : new URLSearchParams(form).toString();
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(form === undefined
      ? []
      : ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

async function readAnswer(socket: Socket, releasedAt: () => number): Promise<RacingAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const answeredAt = performance.now();
  const text = Buffer.concat(chunks).toString('utf8');
  const [head = '', body = ''] = split(text);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  const location = /^location: (.*)$/im.exec(head)?.[1]?.trim();
  return { status, location, body: parse(body), releasedAt: releasedAt(), answeredAt };
}

function split(text: string): readonly string[] {
  const at = text.indexOf('\r\n\r\n');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 4)];
}

function parse(body: string): Record<string, unknown> {
  const start = body.indexOf('{');
  const end = body.lastIndexOf('}');
  if (start < 0 || end < start) return {};
  try {
    return JSON.parse(body.slice(start, end + 1)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
