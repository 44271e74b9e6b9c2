/**
 * Personal and secret values that tests use wherever they need some, so that any of them found in a log is a leak.
 * A test that captures a server's log hands it to {@link keepLog}; the gate `npm run canaries` reads all of them.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './lib/tree.ts';

export const canary = {
  username: 'canary-ada-7f3k',
  email: 'canary.ada.7f3k@leak.example',
  name: 'Ada Canary-Lovelace',
  phoneNumber: '+49 30 5550177373',
  password: 'canary horse 7f3k battery staple',
  clientSecret: 'canary-client-secret-7f3k-0123456789abcdefghij',
  /** Of the user agent that tests send; an address or agent in a log would be one that we promised not to keep. */
  userAgent: 'CanaryBrowser/7f3k',
} as const;

/** What no log may hold whatever its value is. */
const shapes: Readonly<Record<string, RegExp>> = {
  'a signed token': /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
  'an opaque token': /\bcs_[a-z]+_[A-Za-z0-9_-]{16,}/,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----|"d"\s*:\s*"[A-Za-z0-9_-]{40,}"/,
  'a Basic credential': /\bBasic [A-Za-z0-9+/]{16,}={0,2}/i,
};

export interface Leak {
  /** Which value or shape. */
  readonly what: string;
  readonly lineNumber: number;
  readonly line: string;
}

export const logsFolder = join(repositoryRoot, '.reports', 'logs');

/** Every line that holds a canary, plain, percent-encoded or in base64, or a shape that no log may hold. */
export function findLeaks(text: string): readonly Leak[] {
  return text.split('\n').flatMap((line, index) => {
    const lower = line.toLowerCase();
    const values = Object.entries(canary).filter(([, value]) =>
      encodings(value).some((form) => lower.includes(form)),
    );
    const kinds = Object.entries(shapes).filter(([, pattern]) => pattern.test(line));
    return [...values, ...kinds].map(([what]) => ({ what, lineNumber: index + 1, line: line.slice(0, 400) }));
  });
}

/** Throws an AssertionError that lists the leaking lines. */
export function assertNoCanary(text: string): void {
  const leaks = findLeaks(text);
  assert.equal(leaks.length, 0, leaks.map(({ what, line }) => `the log leaks ${what}: ${line}`).join('\n'));
}

/** Keeps a captured log for the gate, and checks it at once. `name` tells the test it came from. */
export function keepLog(name: string, text: string): void {
  const folder = join(logsFolder, process.env.TEST_SUITE ?? 'main');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.replaceAll(/[^\w-]+/g, '-')}-${process.pid}.log`), text);
  assertNoCanary(text);
}

function encodings(value: string): readonly string[] {
  const base64 = Buffer.from(value).toString('base64url').replace(/.$/, '');
  return [value, encodeURIComponent(value), value.replaceAll(' ', '+'), base64].map((form) =>
    form.toLowerCase(),
  );
}
