import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { run, temporaryDirectory } from './cli.test-support.ts';

async function initialised(context: TestContext) {
  const parent = temporaryDirectory(context);
  const directory = join(parent, 'data');
  assert.equal((await run(['init', '--data-dir', directory])).code, 0);
  const command = (args: readonly string[]) => run([...args, '--data-dir', directory]);
  const json = async (args: readonly string[]) => {
    const done = await command([...args, '--json']);
    assert.equal(done.code, 0, done.err);
    return JSON.parse(done.out);
  };
  return { parent, command, json };
}

test('a tenant is opened for registrations, and its bounds are set one by one (RFC 7591 §3)', async (context) => {
  const { command, json } = await initialised(context);
  assert.match((await command(['tenant', 'show', 'default'])).out, /dynamic registration +off/);
  const opened = await json(['tenant', 'set', 'default', '--dynamic-registration', 'token']);
  assert.equal(opened.settings.dynamic_registration, 'token');
  const bounded = await json([
    ...['tenant', 'set', 'default', '--dynamic-max', '5', '--dynamic-per-hour', '7', '--dynamic-uses', '3'],
    ...['--dynamic-scope', 'openid  orders', '--dynamic-default-scope', 'openid'],
    ...['--dynamic-grant', 'authorization_code', '--dynamic-grant', 'device_code'],
    ...['--dynamic-never-used', '7200', '--dynamic-unused', '172800'],
  ]);
  assert.deepEqual(bounded.settings.dynamic_clients, {
    max_clients: 5,
    registrations_per_hour: 7,
    max_uses_per_token: 3,
    allowed_grants: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
    allowed_scope: 'openid orders',
    default_scope: 'openid',
    never_used_seconds: 7200,
    unused_seconds: 172_800,
    statement_issuers: [],
  });
  assert.match(
    (await command(['tenant', 'show', 'default'])).out,
    /dynamic clients +at most 5, 7 an hour[\s\S]+never used after 2 h, unused after 2 d/,
  );
  const wrong = await command(['tenant', 'set', 'default', '--dynamic-registration', 'everybody']);
  assert.equal(wrong.code, 2);
  const outside = await command(['tenant', 'set', 'default', '--dynamic-unused', '60']);
  assert.deepEqual([outside.code, /unusedSeconds must be/.test(outside.err)], [1, true]);
  const strict = await command([
    ...['tenant', 'add', 'bank', '--profile', 'strict', '--dynamic-registration', 'token'],
  ]);
  assert.match(strict.err, /dynamicRegistration must be off under strict/);
});

test('issuers of software statements are read from a file, with their keys or where those are (RFC 7591 §2.3)', async (context) => {
  const { parent, command, json } = await initialised(context);
  const file = join(parent, 'issuers.json');
  const set = (content: unknown) => {
    writeFileSync(file, JSON.stringify(content));
    return command(['tenant', 'set', 'default', '--statement-issuers', file, '--json']);
  };
  const { publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'r1' };
  const issuers = [
    { issuer: 'https://registry.example', jwks: { keys: [jwk] } },
    { issuer: 'https://other.example', jwks_uri: 'https://other.example/jwks' },
  ];
  const done = await set({ issuers });
  assert.equal(done.code, 0, done.err);
  const shown = await json(['tenant', 'show', 'default']);
  assert.deepEqual(shown.settings.dynamic_clients.statement_issuers, issuers);
  for (const bad of [
    {},
    { issuers: {} },
    { issuers: ['x'] },
    { issuers: [{ issuer: 'https://a.example' }] },
    { issuers: [{ issuer: 'https://a.example', jwks: { keys: [] } }] },
    { issuers: [{ issuer: 'https://a.example', jwks: { keys: [{ ...jwk, d: 'AA' }] } }] },
    { issuers: [{ issuer: 'https://a.example', jwks_uri: 'http://a.example/jwks' }] },
    { issuers: [{ issuer: 'https://a.example', jwks_uri: 'https://a.example/jwks', trusted: true }] },
  ]) {
    const refused = await set(bad);
    assert.equal(refused.code, 1, JSON.stringify(bad));
  }
  const none = await json(['tenant', 'set', 'default', '--statement-issuers', 'none']);
  assert.deepEqual(none.settings.dynamic_clients.statement_issuers, []);
});

test('an initial access token is shown once, listed without it, and revoked (RFC 7591 §3.1)', async (context) => {
  const { command, json } = await initialised(context);
  const plain = await command(['client', 'registration-token', 'add']);
  assert.match(plain.out, /takes no registrations yet: countersign tenant set default/);
  assert.match(plain.out.trimEnd().split('\n').at(-1) ?? '', /^cs_iat_[A-Za-z0-9_-]{43}$/);
  const made = await json([
    ...['client', 'registration-token', 'add', '--uses', '5', '--expires-in', '3600'],
  ]);
  assert.match(made.initial_access_token, /^cs_iat_/);
  assert.deepEqual([made.uses_left, made.expires_at - made.created_at], [5, 3600]);
  const listed = await command(['client', 'registration-token', 'list', '--json']);
  assert.equal(listed.out.includes(made.initial_access_token), false);
  const { registration_tokens: tokens } = JSON.parse(listed.out);
  assert.deepEqual(tokens.map(({ uses_left }: { uses_left: number }) => uses_left).sort(), [1, 5]);
  assert.match((await command(['client', 'registration-token', 'list'])).out, new RegExp(`${made.id} +5 `));
  const revoke = ['client', 'registration-token', 'revoke', made.id];
  assert.equal((await json(revoke)).revoked, true);
  const again = await command(revoke);
  assert.deepEqual([again.code, /registration-token list/.test(again.err)], [1, true]);
  const many = await command(['client', 'registration-token', 'add', '--uses', '101']);
  assert.match(many.err, /1 to 100 uses/);
  const audit = await json(['audit', 'list']);
  const actions = audit.records.map(({ action }: { action: string }) => action);
  assert.ok(
    actions.includes('initial-access-token.created') && actions.includes('initial-access-token.revoked'),
  );
});

test('where a client comes from and when it was last used is listed and shown (RFC 7591 §5)', async (context) => {
  const { command, json } = await initialised(context);
  const added = await json([
    'client',
    'add',
    '--id',
    'job',
    '--grant',
    'client_credentials',
    '--scope',
    'read',
  ]);
  assert.deepEqual([added.source, added.last_used_at], ['declared', 0]);
  assert.match(
    (await command(['client', 'list'])).out,
    /ID +NAME +SOURCE +AUTHENTICATION +GRANTS +LAST USED +STATE\njob +- +declared +client_secret_basic +client_credentials +- +enabled/,
  );
});
