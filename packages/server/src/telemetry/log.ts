import { destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';

export type Logger = PinoLogger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Members that would carry a secret or a person, whoever logs the object. The rule is not to log them; this is the net below. */
const redacted = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'code',
  'email',
  'username',
  'address',
  'client_secret',
  'client_assertion',
  'refresh_token',
  'access_token',
  'id_token',
].flatMap((name) => [name, `*.${name}`]);

/** JSON lines on `stream`, times in UTC. The level can be changed on the returned logger at run time. */
export function createLogger(level: LogLevel, stream: { write(line: string): void } = destination(2)): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redacted, censor: '[redacted]' },
    },
    stream,
  );
}
