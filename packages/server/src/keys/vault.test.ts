import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Sealed } from '../storage/secrets.ts';
import { createEnvelopeKeyFile, EnvelopeError, envelopeKey, loadEnvelopeKeys } from './envelope.ts';
import { createVault, VaultError } from './vault.ts';

const directory = mkdtempSync(join(tmpdir(), 'countersign-vault-'));
after(() => rmSync(directory, { recursive: true }));

const newKey = () => envelopeKey(randomBytes(32));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const refusedAs = (code: string) => (error: unknown) => error instanceof VaultError && error.code === code;
const keyFileRefusedAs = (code: string) => (error: unknown) =>
  error instanceof EnvelopeError && error.code === code;

test('a sealed value opens under its purpose and context, and names its key (SPN-2)', () => {
  const key = newKey();
  const vault = createVault([key]);
  const sealed = vault.seal('signing-key', 'acme', Buffer.from('private'));
  assert.match(sealed, new RegExp(`^v1\\.${key.id}\\.[A-Za-z0-9_-]{16}\\.[A-Za-z0-9_-]+$`));
  assert.equal(text(vault.unseal('signing-key', 'acme', sealed)), 'private');
});

test('every sealing has a fresh nonce (SPN-2)', () => {
  const vault = createVault([newKey()]);
  const seal = () => vault.seal('signing-key', 'acme', Buffer.from('same'));
  assert.equal(new Set(Array.from({ length: 100 }, () => seal().split('.')[2])).size, 100);
});

test('a sealed value moved to another row or purpose does not open (SPN-2)', () => {
  const vault = createVault([newKey()]);
  const sealed = vault.seal('signing-key', 'acme', Buffer.from('private'));
  assert.throws(() => vault.unseal('signing-key', 'other', sealed), refusedAs('not_authentic'));
  const renamed = sealed as string as Sealed<'refresh-family-secret'>;
  assert.throws(() => vault.unseal('refresh-family-secret', 'acme', renamed), refusedAs('not_authentic'));
});

test('purpose and context do not run into one another (SPN-2)', () => {
  const vault = createVault([newKey()]);
  const sealed = vault.seal('ab', 'c', Buffer.from('x'));
  assert.throws(() => vault.unseal('a', 'bc', sealed as string as Sealed<'a'>), refusedAs('not_authentic'));
  assert.throws(() => vault.seal('a\0b', 'c', Buffer.from('x')), refusedAs('malformed'));
});

test('any altered part of a sealed value is refused (SPN-2)', () => {
  const vault = createVault([newKey()]);
  const sealed = vault.seal('signing-key', 'acme', Buffer.from('private'));
  const flip = (at: number): Sealed<'signing-key'> => {
    const other = sealed[at] === 'A' ? 'B' : 'A';
    return `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}` as Sealed<'signing-key'>;
  };
  for (let at = 0; at < sealed.length; at += 1) {
    assert.throws(() => vault.unseal('signing-key', 'acme', flip(at)), VaultError, `position ${at}`);
  }
});

test('text that is no sealed value is refused as malformed (SPN-2)', () => {
  const vault = createVault([newKey()]);
  for (const junk of ['', 'v1', 'v1.a.b', 'v2.a.b.c', 'v1.a.b.c.d', 'v1.key.AAAA.AAAA', 'v1.key.====.AAAA']) {
    assert.throws(() => vault.unseal('p', 'c', junk as Sealed<'p'>), refusedAs('malformed'), junk);
  }
});

test('the newest key seals, older ones still open, a key that is not there is named (SPN-2)', () => {
  const [older, newer] = [newKey(), newKey()];
  const before = createVault([older]).seal('p', 'c', Buffer.from('kept'));
  const both = createVault([newer, older]);
  assert.equal(text(both.unseal('p', 'c', before)), 'kept');
  assert.equal(both.seal('p', 'c', Buffer.from('x')).split('.')[1], newer.id);
  assert.throws(() => createVault([newer]).unseal('p', 'c', before), refusedAs('unknown_key'));
});

test('derived keys differ by label and by envelope key, and are the same each time (SPN-2)', () => {
  const key = newKey();
  const vault = createVault([key]);
  assert.deepEqual(vault.derive('a'), createVault([key]).derive('a'));
  assert.notDeepEqual(vault.derive('a'), vault.derive('b'));
  assert.notDeepEqual(vault.derive('a'), createVault([newKey()]).derive('a'));
  assert.equal(vault.derive('a').length, 32);
});

test('a new envelope key file is for its owner only and never overwrites one (SPN-2, LOC-1)', () => {
  const path = join(directory, 'new.key');
  assert.equal(createEnvelopeKeyFile(path), true);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const [key] = loadEnvelopeKeys(path);
  assert.equal(key?.key.length, 32);
  assert.equal(createEnvelopeKeyFile(path), false);
  assert.equal(loadEnvelopeKeys(path)[0]?.id, key?.id);
});

test('an envelope key file that others may read or write is refused (SPN-2)', () => {
  const path = join(directory, 'exposed.key');
  createEnvelopeKeyFile(path);
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o644]) {
    chmodSync(path, mode);
    assert.throws(() => loadEnvelopeKeys(path), keyFileRefusedAs('exposed'), mode.toString(8));
  }
});

test('an envelope key behind a symbolic link, missing, or no file is refused (SPN-2)', () => {
  const path = join(directory, 'real.key');
  createEnvelopeKeyFile(path);
  symlinkSync(path, join(directory, 'link.key'));
  assert.throws(() => loadEnvelopeKeys(join(directory, 'link.key')), keyFileRefusedAs('symlink'));
  assert.throws(() => loadEnvelopeKeys(join(directory, 'none.key')), keyFileRefusedAs('missing'));
  assert.throws(() => loadEnvelopeKeys(directory), keyFileRefusedAs('unreadable'));
});

test('an envelope key file that holds anything but keys is refused, and its content is not repeated (SPN-2)', () => {
  const path = join(directory, 'junk.key');
  const good = randomBytes(32).toString('base64');
  const contents = [
    '',
    'short\n',
    randomBytes(31).toString('base64'),
    `${good}\nsecret-junk\n`,
    `${good}\n${good}\n`,
  ];
  for (const content of contents) {
    writeFileSync(path, content, { mode: 0o600 });
    assert.throws(
      () => loadEnvelopeKeys(path),
      (error: unknown) => keyFileRefusedAs('malformed')(error) && !String(error).includes('secret-junk'),
    );
  }
});
