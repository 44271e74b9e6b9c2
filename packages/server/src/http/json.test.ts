import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from '@countersign/protocol';
import { readJsonObject } from './json.ts';

function read(body: string | Uint8Array<ArrayBuffer>, type: string | null = 'application/json') {
  const headers: Record<string, string> = type === null ? {} : { 'content-type': type };
  return readJsonObject(
    new Request('http://localhost/', { method: 'POST', body, headers }),
    'invalid_client_metadata',
  );
}
const refusedAs =
  (code: string, status = 400) =>
  (error: unknown) =>
    error instanceof OAuthError && error.code === code && error.status === status;

test('reads an object of the right type, with or without the one charset there is (RFC 8259 §8.1, §11)', async () => {
  const types = [
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON; charset="utf-8"',
  ];
  for (const type of types) assert.deepEqual(await read('{"a":"ä"}', type), { a: 'ä' }, type);
  const others = [
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/json; charset=iso-8859-1',
    'application/jsonp',
    'application/json, text/html',
    'text/plain; application/json',
    '',
  ];
  for (const type of others) await assert.rejects(read('{}', type), refusedAs('invalid_request'), type);
  await assert.rejects(read(new Uint8Array([0x7b, 0x7d]), null), refusedAs('invalid_request'));
});

test('refuses what two readers could take differently (RFC 7493 §2)', async () => {
  for (const body of [
    '',
    '[]',
    'null',
    '"x"',
    '{',
    '{"a":1,"a":2}',
    '{"a":{"b":1,"b":2}}',
    '{"\\u0061":1,"a":2}',
    '{"__proto__":{}}',
    '{"a":"\\ud800"}',
    '{"a":1e999}',
    `${'{"a":'.repeat(20)}1${'}'.repeat(20)}`,
    new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]),
  ]) {
    await assert.rejects(read(body), refusedAs('invalid_client_metadata'), String(body));
  }
});

test('reads 64 kB and no more, whether the size was announced or not (RFC 9110 §15.5.14)', async () => {
  const body = (size: number) => JSON.stringify({ a: 'x'.repeat(size - 8) });
  assert.equal(body(65_536).length, 65_536);
  await read(body(65_536));
  await assert.rejects(read(body(65_537)), refusedAs('invalid_request', 413));
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(10_000).fill(0x20));
    },
  });
  const request = new Request('http://localhost/', {
    method: 'POST',
    body: stream,
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
  } as RequestInit);
  await assert.rejects(readJsonObject(request, 'invalid_client_metadata'), refusedAs('invalid_request', 413));
});
