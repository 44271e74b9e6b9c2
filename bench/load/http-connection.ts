/** HTTP/1.1 over one kept-alive socket, one request at a time, with as little parsing as a right answer needs. */
import { createConnection, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  /** Status line and header lines. */
  readonly head: string;
  /** Latin-1 text: the answers that we look into are ASCII. */
  readonly body: string;
}

export class HttpConnection {
  readonly #socket: Socket;
  readonly #onAnswer: (answer: Answer) => void;
  #received = '';

  private constructor(socket: Socket, onAnswer: (answer: Answer) => void, onEnd: (cause: Error) => void) {
    this.#socket = socket;
    this.#onAnswer = onAnswer;
    socket.setNoDelay(true);
    socket.setEncoding('latin1').on('data', (chunk: string) => this.#take(chunk));
    socket.on('error', onEnd);
    socket.on('close', () => onEnd(new Error('the server closed the connection')));
  }

  static open(
    port: number,
    onAnswer: (answer: Answer) => void,
    onEnd: (cause: Error) => void,
  ): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host: '127.0.0.1', port });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket, onAnswer, onEnd));
      });
    });
  }

  send(request: string): void {
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    const body = bodyOf(head, this.#received.slice(headEnd + 4));
    if (body === undefined) return;
    this.#received = '';
    this.#onAnswer({ status: Number(head.slice(9, 12)), head, body });
  }
}

/** undefined until all of it is there. Nothing may follow it: requests are not pipelined. */
function bodyOf(head: string, rest: string): string | undefined {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return rest.length >= Number(length) ? rest : undefined;
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return rest;
  return rest.endsWith('0\r\n\r\n') ? joinChunks(rest) : undefined;
}

function joinChunks(text: string): string {
  let body = '';
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(size > 0)) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
