import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTrace } from './trace.ts';

test('a trace is the caller’s when it is named well, else a new one (W3C Trace Context §3.2, SPN-17)', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${id}-00f067aa0ba902b7-01`;
  assert.deepEqual(readTrace(new Headers({ traceparent, 'x-trace-id': 'a'.repeat(32) })), {
    id,
    traceparent,
  });
  assert.deepEqual(readTrace(new Headers({ traceparent: 'x', 'x-trace-id': id })), { id, traceparent: null });
  const [one, two] = [readTrace(new Headers()), readTrace(new Headers())];
  assert.match(one.id, /^[0-9a-f]{32}$/);
  assert.notEqual(one.id, two.id);
});
