import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StorageError } from '../storage/error.ts';
import { createLogger, type Logger, type LogLevel } from './log.ts';

function capture(level: LogLevel): {
  readonly log: Logger;
  readonly lines: () => Record<string, unknown>[];
  readonly text: () => string;
} {
  const written: string[] = [];
  return {
    log: createLogger(level, { write: (line) => written.push(line) }),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => written.join(''),
  };
}

const levels = ['debug', 'info', 'warn', 'error'] as const;

test('a log line is JSON with its level by name and its time in UTC (SPN-17)', () => {
  const { log, lines } = capture('info');
  log.info({ route: 'token' }, 'refused');
  const [line] = lines();
  assert.equal(line?.level, 'info');
  assert.match(String(line?.time), /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.deepEqual(Object.keys(line ?? {}).sort(), ['level', 'msg', 'route', 'time']);
});

test('secrets and persons are held back at any level and up to two levels down (SPN-17)', () => {
  const names = [
    'authorization',
    'cookie',
    'set-cookie',
    'password',
    'passwordHash',
    'secret',
    'privateKey',
    'token',
    'code',
    'code_verifier',
    'client_secret',
    'client_assertion',
    'access_token',
    'refresh_token',
    'id_token',
    'email',
    'username',
    'address',
    'clientAddress',
  ];
  for (const level of levels) {
    const { log, text } = capture('debug');
    for (const name of names) {
      log[level]({ [name]: 'CANARY' });
      log[level]({ form: { [name]: 'CANARY' } });
      log[level]({ request: { headers: { [name]: 'CANARY' } } });
      log.child({ [name]: 'CANARY' })[level]('from a child');
    }
    assert.equal(text().includes('CANARY'), false);
  }
});

test('an error is logged with type, reason, message, stack and causes, and nothing else it carries (SPN-17)', () => {
  const { log, lines, text } = capture('info');
  const cause = new Error('the disk');
  log.error({
    err: Object.assign(new StorageError('full', 'no room', { cause }), {
      form: { password: 'CANARY' },
      row: 'CANARY',
    }),
  });
  const [line] = lines() as [{ err: Record<string, string> }];
  assert.deepEqual(Object.keys(line.err).sort(), ['message', 'reason', 'stack', 'type']);
  assert.equal(line.err.reason, 'full');
  assert.match(line.err.message ?? '', /no room.*the disk/);
  log.error({ err: new AggregateError([new StorageError('corrupt', 'one'), 'two'], 'many') });
  assert.match(text(), /"reason":"corrupt"/);
  assert.equal(text().includes('CANARY'), false);
});

test('the level changes at run time (SPN-17)', () => {
  const { log, lines } = capture('warn');
  log.info('unheard');
  log.level = 'debug';
  log.debug('heard');
  log.child({ trace: 'x' }).debug('heard as well');
  log.level = 'silent';
  log.error('unheard');
  assert.deepEqual(
    lines().map(({ msg }) => msg),
    ['heard', 'heard as well'],
  );
});
