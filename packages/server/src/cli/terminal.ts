/** What a command may know of the world outside: two streams, an input, an environment. Tests hand in their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line, the newline added. */
  out(line: string): void;
  err(line: string): void;
  /** Whether `out` may be coloured: a terminal, and NO_COLOR is not set. */
  readonly color: boolean;
  /** All of standard input; refuses more than `maxBytes`. */
  readInput(maxBytes: number): Promise<string>;
}

/** Exit code of a command whose reader went away, as of one that SIGPIPE ended. */
const readerGone = 141;

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  for (const stream of [stdout, stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? readerGone : 1));
  }
  return {
    env,
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    color: stdout.isTTY === true && (env.NO_COLOR ?? '') === '',
    async readInput(maxBytes) {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of stdin) {
        const bytes = Buffer.from(chunk);
        size += bytes.length;
        if (size > maxBytes) throw new RangeError(`more than ${maxBytes} bytes on standard input`);
        chunks.push(bytes);
      }
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}

const escapes = { ok: '32', warn: '33', bad: '31' } as const;

/** Colours a word that names a state; the word stands without its colour too. */
export function paint(terminal: Terminal, state: keyof typeof escapes, text: string): string {
  return terminal.color ? `\u001b[${escapes[state]}m${text}\u001b[0m` : text;
}

/** What others typed or sent is shown without the characters that steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
