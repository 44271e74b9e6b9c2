import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type RunOptions, run, temporaryDirectory } from './cli.test-support.ts';

const password = 'kumquat teapot orbit';

async function initialised(context: TestContext) {
  const directory = join(temporaryDirectory(context), 'data');
  const made = await run(['init', '--data-dir', directory]);
  assert.equal(made.code, 0, made.err);
  const command = (args: readonly string[], options?: RunOptions) =>
    run([...args, '--data-dir', directory], options);
  const json = async (args: readonly string[], options?: RunOptions) => {
    const done = await command([...args, '--json'], options);
    assert.equal(done.code, 0, done.err);
    return JSON.parse(done.out);
  };
  return { directory, command, json };
}

test('init makes a directory that only its owner can read, with keys and a configuration file (LOC-1)', async (context) => {
  const { directory, command } = await initialised(context);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
    assert.equal(mode, entry.isDirectory() ? 0o700 : 0o600, entry.name);
  }
  for (const name of ['countersign.yaml', 'countersign.db', 'secrets/envelope.key', 'secrets/rate-limit.key'])
    assert.ok(existsSync(join(directory, name)), name);
  const key = readFileSync(join(directory, 'secrets/envelope.key'));
  const again = await command(['init']);
  assert.equal(again.code, 1);
  assert.match(again.err, /is set up already/);
  assert.deepEqual(readFileSync(join(directory, 'secrets/envelope.key')), key);
});

test('init leaves a directory alone that holds other things (LOC-1)', async (context) => {
  const directory = temporaryDirectory(context);
  writeFileSync(join(directory, 'thesis.txt'), 'x');
  chmodSync(directory, 0o755);
  const done = await run(['init', '--data-dir', directory]);
  assert.equal(done.code, 1);
  assert.match(done.err, /holds other files/);
  assert.equal(statSync(directory).mode & 0o777, 0o755);
  assert.deepEqual(readdirSync(directory), ['thesis.txt']);
});

test('a missing envelope key is never replaced beside a store (SPN-2)', async (context) => {
  const { directory, command } = await initialised(context);
  rmSync(join(directory, 'secrets/envelope.key'));
  rmSync(join(directory, 'countersign.yaml'));
  for (const args of [['init'], ['dev'], ['client', 'list'], ['serve']]) {
    const done = await command(args);
    assert.equal(done.code, 1, args.join(' '));
    assert.match(done.err, /envelope\.key is missing/);
  }
  assert.equal(existsSync(join(directory, 'secrets/envelope.key')), false);
});

test('an envelope key that others could read or exchange stops every command (SPN-2)', async (context) => {
  const { directory, command } = await initialised(context);
  const key = join(directory, 'secrets/envelope.key');
  chmodSync(key, 0o640);
  const exposed = await command(['client', 'list']);
  assert.equal(exposed.code, 1);
  assert.match(exposed.err, /chmod 600/);
  writeFileSync(`${key}.real`, readFileSync(key), { mode: 0o600 });
  rmSync(key);
  symlinkSync(`${key}.real`, key);
  assert.match((await command(['client', 'list'])).err, /symbolic link/);
});

test('a client is registered with the defaults of its grants, and its secret is shown once', async (context) => {
  const { json } = await initialised(context);
  const web = await json(['client', 'add', '--id', 'web', '--redirect-uri', 'https://app.example/cb']);
  assert.deepEqual(web.grant_types, ['authorization_code', 'refresh_token']);
  assert.equal(web.scope, 'openid profile email offline_access');
  assert.equal(web.token_endpoint_auth_method, 'client_secret_basic');
  assert.match(web.client_secret, /^[A-Za-z0-9_-]{43}$/);
  const code = await json([
    'client',
    'add',
    '--id',
    'code',
    '--redirect-uri',
    'https://app.example/cb',
    '--grant',
    'authorization_code',
  ]);
  assert.equal(code.scope, 'openid profile email');
  const job = await json(['client', 'add', '--id', 'job']);
  assert.deepEqual([job.grant_types, job.scope], [['client_credentials'], undefined]);
  const spa = await json([
    'client',
    'add',
    '--id',
    'spa',
    '--public',
    '--redirect-uri',
    'https://app.example/cb',
  ]);
  assert.deepEqual([spa.token_endpoint_auth_method, spa.client_secret], ['none', undefined]);
  const shown = await json(['client', 'show', 'web']);
  assert.equal(shown.client_secret, undefined);
  assert.equal(JSON.stringify(shown).includes(web.client_secret), false);
  const { clients, next } = await json(['client', 'list', '--limit', '2']);
  assert.deepEqual([clients.length, next], [2, 'job']);
});

test('the device grant is named in short, registered by its URN, and shown in short (RFC 8628 §3.4)', async (context) => {
  const { command, json } = await initialised(context);
  const urn = 'urn:ietf:params:oauth:grant-type:device_code';
  const grants = ['--grant', 'device_code', '--grant', 'refresh_token'];
  const tv = await json(['client', 'add', '--id', 'tv', '--public', ...grants]);
  assert.deepEqual(
    [tv.grant_types, tv.scope, tv.token_endpoint_auth_method],
    [[urn, 'refresh_token'], 'openid profile email offline_access', 'none'],
  );
  assert.match((await command(['client', 'show', 'tv'])).out, /grants +device_code refresh_token\n/);
  assert.match((await command(['client', 'list'])).out, / device_code refresh_token +- +enabled/);
  const long = await json(['client', 'add', '--id', 'radio', '--public', '--grant', urn]);
  assert.deepEqual(long.grant_types, [urn]);
  const changed = await json([
    'client',
    'set',
    'radio',
    '--grant',
    'device_code',
    '--grant',
    'refresh_token',
  ]);
  assert.deepEqual(changed.grant_types, [urn, 'refresh_token']);
});

test('every option of client add reaches the registered metadata', async (context) => {
  const { directory, json } = await initialised(context);
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = join(directory, '..', 'jwks.json');
  writeFileSync(
    jwks,
    JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' }] }),
  );
  const client = await json([
    ...[
      'client',
      'add',
      '--id',
      'all',
      '--name',
      'All of it',
      '--auth-method',
      'private_key_jwt',
      '--jwks',
      jwks,
    ],
    ...[
      '--redirect-uri',
      'https://a.example/1',
      '--redirect-uri',
      'https://a.example/2',
      '--grant',
      'authorization_code',
    ],
    ...[
      '--scope',
      'a b',
      '--default-scope',
      'a',
      '--audience',
      'https://api.example',
      '--application-type',
      'web',
    ],
    ...['--no-require-pkce', '--first-party', '--sender-constraint', 'none', '--id-token-alg', 'RS256'],
    ...['--allowed-origin', 'https://a.example', '--allowed-origin', 'https://b.example:8443'],
    ...[
      '--post-logout-redirect-uri',
      'https://a.example/bye',
      '--post-logout-redirect-uri',
      'https://a.example/2',
      '--backchannel-logout-uri',
      'https://a.example/told',
    ],
    ...['--subject-type', 'pairwise'],
  ]);
  assert.equal(client.client_name, 'All of it');
  assert.equal(client.token_endpoint_auth_method, 'private_key_jwt');
  assert.equal(client.client_secret, undefined);
  assert.deepEqual(client.redirect_uris, ['https://a.example/1', 'https://a.example/2']);
  assert.deepEqual(
    [client.scope, client.default_scope, client.audiences],
    ['a b', 'a', ['https://api.example']],
  );
  assert.deepEqual([client.require_pkce, client.first_party], [false, true]);
  assert.equal(client.id_token_signed_response_alg, 'RS256');
  assert.deepEqual(client.allowed_origins, ['https://a.example', 'https://b.example:8443']);
  assert.deepEqual(client.post_logout_redirect_uris, ['https://a.example/bye', 'https://a.example/2']);
  assert.equal(client.backchannel_logout_uri, 'https://a.example/told');
  assert.equal(client.subject_type, 'pairwise');
  assert.equal(client.jwks.keys[0].kid, 'k1');
});

test('keys of a client are named by value or by URL, one in the place of the other (RFC 7591 §2)', async (context) => {
  const { directory, command, json } = await initialised(context);
  const url = 'https://keys.example/jwks.json';
  const byUrl = await json(['client', 'add', '--id', 'job', '--jwks-uri', url]);
  assert.deepEqual([byUrl.token_endpoint_auth_method, byUrl.jwks_uri], ['private_key_jwt', url]);
  const jwks = join(directory, '..', 'one.json');
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(jwks, JSON.stringify(publicKey.export({ format: 'jwk' })));
  const byValue = await json(['client', 'set', 'job', '--jwks', jwks]);
  assert.deepEqual([byValue.jwks_uri, byValue.jwks.keys.length], [undefined, 1]);
  const again = await json(['client', 'set', 'job', '--jwks-uri', url]);
  assert.deepEqual([again.jwks_uri, again.jwks], [url, undefined]);
  assert.equal((await command(['client', 'set', 'job', '--jwks', jwks, '--jwks-uri', url])).code, 2);
});

test('keys that are for encryption alone leave the client its secret to authenticate with (RFC 7517 §4.2)', async (context) => {
  const { directory, json } = await initialised(context);
  const file = join(directory, '..', 'jwks.json');
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const methods: unknown[] = [];
  for (const [id, keys] of [
    ['encrypting', [{ ...jwk, kid: 'e', use: 'enc' }]],
    ['signing', [{ ...jwk, kid: 's', use: 'sig' }]],
    ['both', [{ ...jwk, kid: 'b' }]],
  ] as const) {
    writeFileSync(file, JSON.stringify({ keys }));
    methods.push((await json(['client', 'add', '--id', id, '--jwks', file])).token_endpoint_auth_method);
  }
  assert.deepEqual(methods, ['client_secret_basic', 'private_key_jwt', 'private_key_jwt']);
});

test('registered members without an option of their own come from a file, and options win over it (RFC 7591 §2)', async (context) => {
  const { directory, command, json } = await initialised(context);
  const file = join(directory, '..', 'client.json');
  const metadata = {
    client_name: 'From the file',
    redirect_uris: ['https://a.example/cb'],
    logo_uri: 'https://a.example/logo.svg',
    policy_uri: 'https://a.example/privacy',
    default_max_age: 3600,
    default_acr_values: ['aal1'],
  };
  writeFileSync(file, JSON.stringify(metadata));
  const add = ['client', 'add', '--metadata', file, '--name', 'From the option'];
  const client = await json([...add, '--id', 'web']);
  assert.equal(client.client_name, 'From the option');
  assert.deepEqual(client.grant_types, ['authorization_code', 'refresh_token']);
  assert.deepEqual(
    [client.logo_uri, client.default_max_age, client.default_acr_values],
    [metadata.logo_uri, 3600, ['aal1']],
  );
  writeFileSync(file, '{"logo_uri": null, "tos_uri": "https://a.example/terms"}');
  const changed = await json(['client', 'set', 'web', '--metadata', file]);
  assert.deepEqual(
    [changed.logo_uri, changed.tos_uri, changed.policy_uri],
    [undefined, 'https://a.example/terms', metadata.policy_uri],
  );
  for (const content of [
    '{',
    '[]',
    '{"logo_uri": "javascript:alert(1)"}',
    '{"grant_types": "code"}',
    '{"a":1,"a":2}',
  ]) {
    writeFileSync(file, content);
    const refused = await command([...add, '--id', 'bad']);
    assert.equal(refused.code, 1, content);
  }
});

test('a chosen secret is read from standard input and not repeated', async (context) => {
  const { command, json } = await initialised(context);
  const add = ['client', 'add', '--id', 'job', '--secret-stdin'];
  assert.equal((await command(add)).code, 1);
  assert.match((await command(add, { input: 'short\n' })).err, /12 to 256 characters/);
  assert.match((await command(add, { input: 'two lines of\nsecret text' })).err, /more than one line/);
  const done = await command(add, { input: 'a chosen secret\n' });
  assert.equal(done.code, 0, done.err);
  assert.equal((done.out + done.err).includes('a chosen secret'), false);
  assert.equal('client_secret' in (await json(['client', 'show', 'job'])), false);
});

test('secrets of a client are added and ended from the command line', async (context) => {
  const { command, json } = await initialised(context);
  await json(['client', 'add', '--id', 'job']);
  const { secret_id: added } = await json(['client', 'secret', 'add', 'job']);
  assert.match((await command(['client', 'secret', 'add', 'job'])).err, /two live secrets/);
  assert.equal((await command(['client', 'secret', 'expire', 'job', added])).code, 0);
  assert.equal((await command(['client', 'secret', 'add', 'job', '--expires-in', '60'])).code, 0);
});

test('a client of a tenant needs the tenant', async (context) => {
  const { command, json } = await initialised(context);
  const missing = await command(['client', 'add', '--id', 'job', '--tenant', 'acme']);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /no tenant "acme"[\s\S]*countersign tenant add/);
  await json(['tenant', 'add', 'acme', '--profile', 'strict', '--refresh-grace', '5']);
  assert.equal((await json(['client', 'add', '--id', 'job', '--tenant', 'acme'])).tenant, 'acme');
  const { settings } = await json([
    'tenant',
    'set',
    'acme',
    '--refresh-grace',
    '6',
    '--nonce-without-pkce',
    'required',
  ]);
  assert.equal(settings.refresh_grace_seconds, 6);
  assert.equal((await json(['tenant', 'list'])).tenants.length, 3);
});

test('a user is added with a password from standard input, which is not repeated', async (context) => {
  const { command, json } = await initialised(context);
  const args = [
    'user',
    'add',
    '--username',
    'ada',
    '--email',
    'ada@example.com',
    '--name',
    'Ada L',
    '--password-stdin',
  ];
  const user = await json(args, { input: `${password}\n` });
  assert.match(user.id, /^USR-default-/);
  assert.deepEqual(
    [user.username, user.email, user.name, user.must_change_password],
    ['ada', 'ada@example.com', 'Ada L', false],
  );
  const again = await command(args, { input: password });
  assert.deepEqual([again.code, (again.out + again.err).includes(password)], [1, false]);
  const weak = await command(['user', 'add', '--username', 'bob', '--password-stdin'], {
    input: 'password1234',
  });
  assert.deepEqual([weak.code, weak.err.includes('password1234')], [1, false]);
});

test('users are changed, disabled, enabled, reset and removed, by name or id', async (context) => {
  const { command, json } = await initialised(context);
  const added = await json(['user', 'add', '--username', 'ada']);
  assert.equal(added.must_change_password, true);
  assert.equal((await json(['user', 'disable', 'ADA'])).enabled, false);
  assert.equal((await json(['user', 'enable', added.id])).enabled, true);
  assert.equal((await json(['user', 'set', 'ada', '--email', 'a@example.com'])).email, 'a@example.com');
  const { temporary_password: temporary } = await json(['user', 'reset-password', 'ada']);
  assert.notEqual(temporary, added.temporary_password);
  assert.equal(
    (await json(['user', 'set-password', 'ada', '--password-stdin'], { input: password }))
      .must_change_password,
    false,
  );
  assert.deepEqual(await json(['session', 'list', 'ada']), { subject: added.id, sessions: [] });
  assert.deepEqual(await json(['consent', 'list', 'ada']), { subject: added.id, consents: [] });
  assert.equal((await json(['session', 'end', '--user', 'ada'])).ended, 0);
  assert.equal((await json(['user', 'remove', 'ada'])).removed, true);
  assert.match((await command(['user', 'show', 'ada'])).err, /no such user[\s\S]*countersign user list/);
});

test('standard claims come from a file, null removes one, and a mistake is named with what the file should hold (OpenID Connect Core §5.1)', async (context) => {
  const { directory, command, json } = await initialised(context);
  const file = join(directory, '..', 'claims.json');
  writeFileSync(
    file,
    '{"given_name":"Ada","phone_number":"+49 30 1","address":{"country":"GB"},"email":"a@example.com"}',
  );
  const added = await json(['user', 'add', '--username', 'ada', '--claims', file, '--name', 'Ada L']);
  assert.deepEqual(
    [
      added.name,
      added.email,
      added.claims.given_name,
      added.claims.address,
      added.claims.phone_number_verified,
    ],
    ['Ada L', 'a@example.com', 'Ada', { country: 'GB' }, false],
  );
  writeFileSync(file, '{"phone_number":null,"email_verified":true}');
  const changed = await json(['user', 'set', 'ada', '--claims', file]);
  assert.deepEqual(
    [changed.claims.phone_number, changed.email_verified, changed.name],
    [undefined, true, 'Ada L'],
  );
  for (const wrong of ['[1]', '{"sub":"x"}', '{"shoeSize":1}', '{"name":1,"name":2}']) {
    writeFileSync(file, wrong);
    const refused = await command(['user', 'set', 'ada', '--claims', file]);
    assert.equal(refused.code, 1, wrong);
    assert.match(refused.err, /claims|profile/);
  }
});

test('keys are listed, rotated with the time left named, and imported through the same stages', async (context) => {
  const { directory, command, json } = await initialised(context);
  assert.deepEqual(await json(['key', 'list']), { keys: [] });
  const waiting = await json(['key', 'rotate']);
  assert.equal(waiting.outcome, 'published');
  assert.ok(waiting.signs_after_seconds > 86_000);
  const forced = await json(['key', 'rotate', '--emergency']);
  assert.deepEqual([forced.outcome, forced.kid], ['promoted', waiting.kid]);
  const states = (await json(['key', 'list'])).keys.map(({ state }: { state: string }) => state);
  assert.deepEqual(states, ['current', 'retired']);
  const pem = join(directory, '..', 'key.pem');
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(pem, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  assert.equal((await json(['key', 'import', '--pem', pem, '--alg', 'EdDSA'])).algorithm, 'EdDSA');
  assert.match(
    (await command(['key', 'import', '--pem', pem, '--alg', 'EdDSA'])).err,
    /this key is here already/,
  );
  assert.equal((await command(['key', 'import', '--pem', pem, '--alg', 'ES256'])).code, 1);
  assert.equal(JSON.stringify(await json(['key', 'list'])).includes('"d"'), false);
});

test('audit verify finds a chain that was tampered with, and exits 1 (ACC-4)', async (context) => {
  const { directory, command, json } = await initialised(context);
  await json(['client', 'add', '--id', 'job']);
  const before = await json(['audit', 'verify']);
  assert.deepEqual([before.valid, before.broken, before.gaps], [true, [], []]);
  const { records } = await json(['audit', 'list']);
  assert.ok(records.some(({ action }: { action: string }) => action === 'client.registered'));
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(directory, 'countersign.db'));
  database.exec("UPDATE audit_record SET actor_id = 'nobody' WHERE action = 'client.registered'");
  database.close();
  const after = await command(['audit', 'verify', '--json']);
  assert.equal(after.code, 1);
  assert.equal(JSON.parse(after.out).broken[0].kind, 'hash');
});

test('a token that is none is told apart from a jti, which is revoked even with a leading hyphen', async (context) => {
  const { command, json } = await initialised(context);
  assert.match(
    (await command(['token', 'inspect', 'nonsense'])).err,
    /no token that the tenant default can read/,
  );
  assert.equal((await command(['token', 'revoke', 'cs_rt_nonsense'])).code, 1);
  assert.equal((await json(['token', 'revoke', '-abcdefghijklmnopqrstu'])).jti, '-abcdefghijklmnopqrstu');
});

test('wrong usage exits 2 and says how to go on', async (context) => {
  const { command } = await initialised(context);
  for (const args of [
    ['nosuch'],
    ['client'],
    ['client', 'add'],
    ['client', 'list', '--wat'],
    ['client', 'show'],
    ['user', 'list', '--limit', 'x'],
    ['client', 'set', 'web'],
    ['tenant', 'add', 'a', '--profile', 'lax'],
    ['session', 'end'],
  ]) {
    const done = await command(args);
    assert.deepEqual([done.code, done.out], [2, ''], args.join(' '));
    assert.notEqual(done.err, '');
  }
  const both = await command(['client', 'add', '--id', 'x', '--public', '--auth-method', 'private_key_jwt']);
  assert.equal(both.code, 2);
});

test('help of every command begins with an example, fits a screen and exits 0', async () => {
  const queue: string[][] = [[]];
  for (let args = queue.shift(); args !== undefined; args = queue.shift()) {
    const { code, out } = await run([...args, '--help']);
    assert.equal(code, 0);
    assert.match(out, /^Example:\n {2}/, args.join(' '));
    assert.ok(out.split('\n').length <= 50, `${args.join(' ')} has ${out.split('\n').length} lines`);
    const [, list = ''] = out.split('\nCommands:\n');
    for (const [, name = ''] of list.matchAll(/^ {2}([a-z-]+)/gm))
      if (name !== 'help') queue.push([...args, name]);
  }
});

test('an unknown key in the configuration file or environment refuses every command (ACC-1)', async (context) => {
  const { directory, command } = await initialised(context);
  const unknown = await command(['client', 'list'], { env: { COUNTERSIGN_RATE_LIMIT__ENABLED: 'x' } });
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /COUNTERSIGN_RATE_LIMITS__ENABLED/);
  writeFileSync(join(directory, 'countersign.yaml'), 'log:\n  levle: info\n');
  assert.match(
    (await command(['client', 'list'])).err,
    /log\.levle is not a setting; the nearest one is log\.level/,
  );
});

test('a data directory that is not there is not made by a command that only uses it', async (context) => {
  const directory = join(temporaryDirectory(context), 'none');
  for (const args of [['client', 'list'], ['serve'], ['config', 'check']]) {
    const done = await run([...args, '--data-dir', directory]);
    assert.equal(done.code, 1);
    assert.match(done.err, /countersign init[\s\S]*countersign dev/);
  }
  assert.equal(existsSync(directory), false);
  const asJson = await run(['client', 'list', '--json', '--data-dir', directory]);
  assert.equal(JSON.parse(asJson.err).error.code, 'no_data_directory');
  assert.equal(asJson.out, '');
});

test('config show tells value and origin of each setting, config check opens the files', async (context) => {
  const { json, command } = await initialised(context);
  const { settings } = await json(['config', 'show', '--set', 'log.level=debug'], {
    env: { COUNTERSIGN_PASSWORDS__MIN_LENGTH: '14' },
  });
  assert.deepEqual([settings['log.level'].value, settings['log.level'].origin], ['debug', 'flag']);
  assert.deepEqual(
    [settings['passwords.minLength'].value, settings['passwords.minLength'].origin],
    [14, 'environment'],
  );
  assert.match(
    (await command(['config', 'show', '--explain'])).out,
    /rateLimits\.enabled = true {2}\(default\)\n.*\n.*COUNTERSIGN_RATE_LIMITS__ENABLED/,
  );
  assert.equal((await json(['config', 'check'])).valid, true);
  const tls = [
    '--set',
    'server.tls.certFile=none.pem',
    '--set',
    'server.tls.keyFile=none.pem',
    '--set',
    'server.publicUrl=https://a.example',
  ];
  assert.match((await command(['config', 'check', ...tls])).err, /There is no file .*none\.pem/);
});

test('a command never acts on the local directory where a remote server was meant', async (context) => {
  const { command } = await initialised(context);
  const done = await command(['client', 'list'], { env: { COUNTERSIGN_URL: 'https://a.example' } });
  assert.equal(done.code, 1);
  assert.match(done.err, /names a remote server/);
});

test('groups and attributes of people are made, shown and removed from the command line (CAP-8)', async (context) => {
  const { command, json } = await initialised(context);
  const ada = await json([
    ...['user', 'add', '--username', 'ada', '--attribute', 'badge=B=17', '--attribute', 'level:=3'],
  ]);
  assert.deepEqual(ada.attributes, { badge: 'B=17', level: 3 });
  const group = await json(['group', 'add', 'Engineering']);
  assert.equal((await json(['group', 'add-member', 'engineering', 'ada'])).member, true);
  const { members } = await json(['group', 'show', group.id]);
  assert.deepEqual(members, [{ id: ada.id, username: 'ada' }]);
  assert.deepEqual((await json(['user', 'show', 'ada'])).groups, ['Engineering']);
  const changed = await json([
    ...['user', 'set', 'ada', '--attribute', 'level=', '--attribute', 'teams:=["a", "b"]'],
  ]);
  assert.deepEqual(changed.attributes, { badge: 'B=17', teams: ['a', 'b'] });
  assert.equal((await json(['group', 'remove-member', 'Engineering', 'ada'])).member, false);
  assert.equal((await json(['group', 'list'])).groups.length, 1);
  assert.equal((await json(['group', 'remove', 'Engineering'])).removed, true);
  const gone = await command(['group', 'show', 'Engineering']);
  assert.equal(gone.code, 1);
  assert.match(gone.err, /no such group[\s\S]*countersign group list/);
  for (const wrong of ['badge', 'level:=x', '=x', 'a:=1:', ':=1']) {
    const refused = await command(['user', 'set', 'ada', '--attribute', wrong]);
    assert.equal(refused.code, 2, wrong);
  }
  const twice = await command(['user', 'set', 'ada', '--attribute', 'a=1', '--attribute', 'a=2']);
  assert.equal(twice.code, 2);
  assert.equal((await command(['user', 'set', 'ada', '--attribute', 'email=x'])).code, 1);
});
