import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OAuthError } from '@countersign/protocol';
import { maxBodyBytes, readBody, readForm, readQuery } from './form.ts';

const formType = 'application/x-www-form-urlencoded';

function post(
  body: RequestInit['body'],
  headers: Record<string, string> = { 'content-type': formType },
): Request {
  return new Request('http://localhost/oauth2/token', {
    method: 'POST',
    body,
    headers,
    duplex: 'half',
  } as RequestInit);
}

async function refused(promise: Promise<unknown>): Promise<OAuthError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OAuthError, 'not refused');
  assert.equal(error.code, 'invalid_request');
  return error;
}

function streamOf(size: number): ReadableStream<Uint8Array> {
  let left = size;
  return new ReadableStream({
    pull(controller) {
      const part = Math.min(left, 10_000);
      left -= part;
      controller.enqueue(new Uint8Array(part).fill(97));
      if (left === 0) controller.close();
    },
  });
}

test('a form is read once, typed and decoded (RFC 6749 Appendix B, SPN-4)', async () => {
  const form = await readForm(post('a=1%202&b=', { 'content-type': `${formType}; charset=UTF-8` }));
  assert.equal(form.get('a'), '1 2');
  assert.equal(form.has('b'), false);
});

test('another content type is refused as invalid_request (RFC 6749 §3.2, SPN-4)', async () => {
  await refused(readForm(post('{}', { 'content-type': 'application/json' })));
  await refused(readForm(post(new Uint8Array([97]), {})));
});

test('duplicates, broken percent-encoding, NUL and invalid UTF-8 are refused (RFC 6749 §3.2, SPN-4)', async () => {
  for (const body of ['a=1&a=2', 'a=%zz', 'a=%00', 'a=%ff', 'a=\u00e9']) await refused(readForm(post(body)));
  await refused(readForm(post(new Uint8Array([97, 61, 0xff, 0xfe]))));
});

test('a body over 64 KiB is refused with 413, announced or not (SPN-4)', async () => {
  const announced = { 'content-type': formType, 'content-length': String(maxBodyBytes + 1) };
  assert.equal((await refused(readForm(post('a', announced)))).status, 413);
  assert.equal((await refused(readForm(post(streamOf(maxBodyBytes + 1))))).status, 413);
  assert.equal((await refused(readBody(post('a', { 'content-length': 'many' })))).status, 413);
  assert.equal((await readBody(post(streamOf(maxBodyBytes)))).length, maxBodyBytes);
});

test('a body that ends early is the caller’s error, not ours (SPN-4)', async () => {
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) });
  const error = await refused(readForm(post(broken)));
  assert.equal(error.status, 400);
});

test('the query is read by the same rules as the form (RFC 6749 §3.1, SPN-4)', () => {
  assert.equal(readQuery(new Request('http://localhost/x?a=1')).get('a'), '1');
  assert.equal(readQuery(new Request('http://localhost/x')).get('a'), undefined);
  assert.throws(() => readQuery(new Request('http://localhost/x?a=1&a=2')), OAuthError);
});
