import { destination, type Logger as PinoLogger, pino, stdSerializers, stdTimeFunctions } from 'pino';

export type Logger = PinoLogger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Members that would carry a secret or a person, whoever logs the object. The rule is not to log them; this is the net below. */
const sensitive: readonly string[] = [
  'authorization',
  'cookie',
  '["set-cookie"]',
  'password',
  'passwordHash',
  'secret',
  'secrets',
  'privateKey',
  'pem',
  'token',
  'code',
  'assertion',
  'email',
  'username',
  'usernameKey',
  'address',
  'clientAddress',
  'client_secret',
  'clientSecret',
  'client_assertion',
  'code_verifier',
  'refresh_token',
  'refreshToken',
  'access_token',
  'accessToken',
  'id_token',
  'idToken',
];
const depths: readonly string[] = ['', '*', '*.*'];
const redacted = depths.flatMap((depth) =>
  sensitive.map((name) => (depth === '' || name.startsWith('[') ? `${depth}${name}` : `${depth}.${name}`)),
);

/** JSON lines on `stream`, times in UTC. The level can be changed on the returned logger at run time. */
export function createLogger(
  level: LogLevel,
  stream: { write(line: string): void } = destination(2),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: { paths: redacted, censor: '[redacted]' },
    },
    stream,
  );
}

/** `code` of an error is no secret; as `reason` it passes the net that holds back an authorization code. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: typeof error };
  const { message, stack, type } = stdSerializers.err(error);
  const errors = error instanceof AggregateError ? error.errors.map(describeError) : undefined;
  return { type, reason: 'code' in error ? error.code : undefined, message, stack, errors };
}
