import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openWorkplace } from './apply.test-support.ts';

const secret = 'a secret of the shop';
const files = `
kind: tenant
id: acme
name: Acme
profile: strict
settings:
  refreshGraceSeconds: 10
---
kind: client
tenant: acme
id: web
secretFile: web.secret
metadata:
  client_name: Shop
  redirect_uris: [https://app.example/callback]
  scope: openid profile
---
kind: client
tenant: acme
id: spa
metadata:
  token_endpoint_auth_method: none
  redirect_uris: [https://spa.example/callback]
`;

test('apply makes what files say, and a second run finds nothing to do and records nothing (ACC-5)', async (context) => {
  const { run, json, write, actions } = await openWorkplace(context);
  write('web.secret', `${secret}\n`);
  const path = write('config.yaml', files);
  const first = await run(['apply', '-f', path]);
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /^\+ tenant acme$/m);
  assert.match(first.out, /3 to create, 0 to change, 0 to remove/);
  const web = await json(['client', 'show', 'web', '--tenant', 'acme']);
  assert.deepEqual([web.client_name, web.scope], ['Shop', 'openid profile']);
  const recorded = await actions('acme');
  assert.deepEqual(recorded, ['client.registered', 'client.registered', 'tenant.created']);
  const again = await run(['apply', '-f', path]);
  assert.equal(again.code, 0);
  assert.equal(again.out, 'Nothing to do: 3 as declared.');
  assert.deepEqual(await actions('acme'), recorded);
});

test('a plan shows each member that differs; --dry-run changes nothing and answers 3, or 0 without differences (ACC-5)', async (context) => {
  const { run, json, write, actions } = await openWorkplace(context);
  write('web.secret', secret);
  const path = write('config.yaml', files);
  const planned = await run(['apply', '-f', path, '--dry-run', '--json']);
  assert.equal(planned.code, 3, planned.err);
  assert.deepEqual(
    JSON.parse(planned.out).changes.map((change: { action: string; name: string }) => [
      change.action,
      change.name,
    ]),
    [
      ['create', 'acme'],
      ['create', 'acme/web'],
      ['create', 'acme/spa'],
    ],
  );
  assert.equal((await run(['tenant', 'show', 'acme'])).code, 1);
  await run(['apply', '-f', path]);
  assert.equal((await run(['apply', '-f', path, '--dry-run'])).code, 0);
  const before = await actions('acme');
  write(
    'config.yaml',
    files.replace('client_name: Shop', 'client_name: Store').replace('Seconds: 10', 'Seconds: 20'),
  );
  const changed = await run(['apply', '-f', path, '--dry-run']);
  assert.equal(changed.code, 3);
  assert.match(changed.out, /client_name: Shop → Store/);
  assert.match(changed.out, /settings\.refreshGraceSeconds: 10 → 20/);
  assert.deepEqual(await actions('acme'), before);
  assert.equal((await run(['apply', '-f', path])).code, 0);
  assert.equal((await json(['client', 'show', 'web', '--tenant', 'acme'])).client_name, 'Store');
  assert.deepEqual((await actions('acme')).slice(0, 2).sort(), ['client.changed', 'tenant.changed']);
});

test('a member that a file no longer names has its default again: what a file says is the whole (ACC-5)', async (context) => {
  const { run, json, write } = await openWorkplace(context);
  const client = (extra: string): string =>
    `kind: client\nid: spa\nmetadata:\n  token_endpoint_auth_method: none\n  redirect_uris: [https://spa.example/cb]\n${extra}`;
  const path = write('c.yaml', client('  first_party: true\n  client_name: Spa\n'));
  assert.equal((await run(['apply', '-f', path])).code, 0);
  write('c.yaml', client(''));
  assert.match((await run(['apply', '-f', path])).out, /client_name: Spa → not set/);
  const shown = await json(['client', 'show', 'spa']);
  assert.deepEqual([shown.first_party, shown.client_name], [false, undefined]);
});

test('prune removes only what apply made and the files no longer name, only with --prune and --yes (ACC-5)', async (context) => {
  const { run, json, write } = await openWorkplace(context);
  write('web.secret', secret);
  const path = write('config.yaml', files);
  await run(['apply', '-f', path]);
  await run(['client', 'add', '--id', 'by-hand', '--tenant', 'acme']);
  await run(['client', 'add', '--id', 'by-hand']);
  write('config.yaml', files.slice(0, files.lastIndexOf('---')));
  const ids = async () =>
    ((await json(['client', 'list', '--tenant', 'acme'])).clients as { client_id: string }[]).map(
      ({ client_id: id }) => id,
    );
  const kept = await run(['apply', '-f', path]);
  assert.match(kept.out, /acme\/spa was made by apply and is in no file now; --prune removes it/);
  assert.deepEqual(await ids(), ['by-hand', 'spa', 'web']);
  const unconfirmed = await run(['apply', '-f', path, '--prune']);
  assert.equal(unconfirmed.code, 1);
  assert.match(unconfirmed.err, /would remove 1 client, with their tokens and consents/);
  assert.deepEqual(await ids(), ['by-hand', 'spa', 'web']);
  assert.equal((await run(['apply', '-f', path, '--prune', '--dry-run'])).code, 3);
  const pruned = await run(['apply', '-f', path, '--prune', '--yes']);
  assert.equal(pruned.code, 0, pruned.err);
  assert.match(pruned.out, /^- client acme\/spa$/m);
  assert.deepEqual(await ids(), ['by-hand', 'web']);
});

test('a client that somebody registered and a file then names is changed, and still not pruned (ACC-5)', async (context) => {
  const { run, write } = await openWorkplace(context);
  await run(['client', 'add', '--id', 'mine', '--grant', 'client_credentials']);
  const path = write(
    'c.yaml',
    'kind: client\nid: mine\nmetadata: { grant_types: [client_credentials], client_name: Mine }\n',
  );
  assert.match((await run(['apply', '-f', path])).out, /0 to create, 1 to change/);
  write('c.yaml', 'kind: tenant\nid: default\nname: Default\n');
  const pruned = await run(['apply', '-f', path, '--prune', '--yes']);
  assert.equal(pruned.code, 0, pruned.err);
  assert.equal((await run(['client', 'show', 'mine'])).code, 0);
});

test('what is wrong is named with file, line and key, all of it at once, and nothing is changed (ACC-5)', async (context) => {
  const { run, write } = await openWorkplace(context);
  const path = write(
    'bad.yaml',
    [
      'kind: tenant',
      'id: acme',
      'profil: strict',
      '---',
      'kind: client',
      'id: web',
      'metadata:',
      '  redirect_url: [https://app.example/cb]',
      '---',
      'kind: role',
      'id: x',
    ].join('\n'),
  );
  const done = await run(['apply', '-f', path]);
  assert.equal(done.code, 1);
  assert.match(done.err, /bad\.yaml:3 profil is not known; the nearest one is profile/);
  assert.match(done.err, /bad\.yaml:8 metadata\.redirect_url is not known; the nearest one is redirect_uris/);
  assert.match(done.err, /bad\.yaml:10 kind must be one of tenant, client/);
  assert.equal((await run(['tenant', 'show', 'acme'])).code, 1);
});

test('rules of the protocol, of the profile and of the tenant hold for files, and are named with their place (ACC-5)', async (context) => {
  const { run, write, actions } = await openWorkplace(context);
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      'kind: client\nid: a\nmetadata: { redirect_uris: [javascript:1], token_endpoint_auth_method: none }',
      /c\.yaml:1 is refused: .*a redirect URI of a web client/,
    ],
    [
      'kind: client\nid: "a b"\nmetadata: { grant_types: [client_credentials] }\nsecretEnv: S',
      /client id is/,
    ],
    ['kind: client\nid: a\ntenant: nowhere\nmetadata: {}', /c\.yaml:3 tenant names nowhere/],
    ['kind: tenant\nid: _system', /belongs to the deployment|tenant id is/],
    ['kind: tenant\nid: a\nsettings: { refreshGraceSeconds: 61 }', /refreshGraceSeconds must be/],
    [
      'kind: tenant\nid: a\nsettings: { refreshGraceSeconds: "10" }',
      /c\.yaml:3 settings\.refreshGraceSeconds must be a whole number/,
    ],
    ['kind: tenant\nid: a\nprofile: loose', /profile must be one of/],
    ['kind: tenant\nid: a\n---\nkind: tenant\nid: a', /declared twice, first at .*c\.yaml:1/],
    ['kind: client\nid: a\nmetadata: { grant_types: [client_credentials] }', /by secretFile or secretEnv/],
  ];
  const before = await actions();
  for (const [text, pattern] of cases) {
    const done = await run(['apply', '-f', write('c.yaml', text)], { env: { S: secret } });
    assert.equal(done.code, 1, text);
    assert.match(done.err, pattern);
  }
  assert.deepEqual(await actions(), before);
});

test('YAML that readers could take for different things, or that grows when it is read, is refused (ACC-5)', async (context) => {
  const { run, write } = await openWorkplace(context);
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((name, index) => {
      const last = 'abcdefgh'[index];
      return `${name}: &${name} [*${last},*${last},*${last},*${last},*${last},*${last},*${last},*${last},*${last}]`;
    }),
  ].join('\n');
  const cases: readonly (readonly [string, RegExp])[] = [
    [`kind: tenant\nid: acme\n${bomb}`, /bad\.yaml:3 has an anchor or alias/],
    ['kind: tenant\nid: a\nid: b', /bad\.yaml:3 is not valid YAML/],
    ['%YAML 1.1\n---\nkind: tenant\nid: a', /directives/],
    ['kind: !!js/function x\nid: a', /is not valid YAML/],
    ['kind: tenant\nid: a\n<<: { name: x }', /<< is not known/],
    ['kind: tenant\nid: a\n__proto__: { name: x }', /__proto__ is not known/],
    ['- kind: tenant', /must be a mapping/],
    ['kind: tenant\nid: a\n? [x]\n: y', /no text/],
    [`kind: ${'['.repeat(100_000)}`, /nested too deeply|is not valid YAML/],
    ['kind: tenant\nid: a\n'.concat('#'.repeat(17 * 1024 * 1024)), /is larger than/],
  ];
  for (const [text, pattern] of cases) {
    const done = await run(['apply', '-f', write('bad.yaml', text)]);
    assert.equal(done.code, 1, text.slice(0, 80));
    assert.match(done.err, pattern);
  }
  assert.equal((await run(['tenant', 'show', 'a'])).code, 1);
});

test('a secret in the clear is refused by the name of its member and never repeated (ACC-5, SPN-17)', async (context) => {
  const { run, write } = await openWorkplace(context);
  const base = 'kind: client\nid: job\nmetadata:\n  grant_types: [client_credentials]\n';
  for (const line of [
    `secret: ${secret}`,
    `client_secret: ${secret}`,
    `password: ${secret}`,
    `  client_secret: ${secret}`,
  ]) {
    const done = await run(['apply', '-f', write('c.yaml', base + line)]);
    assert.equal(done.code, 1);
    assert.match(done.err, /c\.yaml:5 .*would be a secret in the clear: .*secretFile or secretEnv/);
    assert.equal(done.err.includes(secret), false);
  }
});

test('a secret by reference is compared with the stored hash; another one replaces it, the old one ends now or later (ACC-5, SPN-12)', async (context) => {
  const { directory, run, json, write } = await openWorkplace(context);
  const client = (extra = ''): string =>
    `kind: client\nid: job\nsecretEnv: JOB_SECRET\n${extra}metadata: { grant_types: [client_credentials] }\n`;
  const path = write('c.yaml', client());
  const apply = (value: string) => run(['apply', '-f', path], { env: { JOB_SECRET: value } });
  const secrets = async () => (await json(['client', 'show', 'job'])).secrets as { expires_at: number }[];
  assert.equal((await apply(secret)).code, 0);
  assert.match((await apply(secret)).out, /^Nothing to do/);
  const other = `${secret}, another one`;
  const rotated = await apply(other);
  assert.match(rotated.out, /secret: the one of secretEnv JOB_SECRET/);
  assert.equal((await secrets()).length, 1);
  assert.match((await apply(other)).out, /^Nothing to do/);
  write('c.yaml', client('previousSecretSeconds: 3600\n'));
  assert.match((await apply(secret)).out, /ends in 3600 s/);
  assert.deepEqual(
    (await secrets()).map(({ expires_at: at }) => at > 0),
    [false, true],
  );
  assert.match((await apply(secret)).out, /^Nothing to do/);
  // Two live ones, and a third comes: the one that was about to end makes room.
  assert.equal((await apply(`${secret}, a third one`)).code, 0);
  assert.equal((await secrets()).length, 2);
  const missing = await run(['apply', '-f', path]);
  assert.match(missing.err, /c\.yaml:3 secretEnv names JOB_SECRET, which is not set/);
  const short = await apply('short');
  assert.match(short.err, /c\.yaml:1 is refused: .*12 to 256 characters/);
  assert.equal((await secrets()).length, 2);
  for (const name of readdirSync(directory).filter((file) => file.startsWith('countersign.db')))
    assert.equal(readFileSync(join(directory, name)).includes(secret), false, name);
});

test('a directory is its YAML files, links of a mounted volume followed; standard input is a dash (ACC-5)', async (context) => {
  const { directory, run, write } = await openWorkplace(context);
  const mount = join(directory, '..', 'mount');
  write('mount/..data/10-tenant.yaml', 'kind: tenant\nid: acme\n');
  write(
    'mount/..data/20-client.yml',
    'kind: client\ntenant: acme\nid: job\nsecretFile: job.secret\nmetadata: { grant_types: [client_credentials] }\n',
  );
  writeFileSync(join(mount, 'job.secret'), secret);
  writeFileSync(join(mount, 'notes.txt'), 'kind: nothing');
  for (const name of ['10-tenant.yaml', '20-client.yml'])
    symlinkSync(join('..data', name), join(mount, name));
  const done = await run(['apply', '-f', mount]);
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /2 to create/);
  assert.match(
    (await run(['apply', '-f', '-'], { input: 'kind: tenant\nid: other\n' })).out,
    /\+ tenant other/,
  );
  mkdirSync(join(directory, '..', 'empty'));
  assert.match((await run(['apply', '-f', join(directory, '..', 'empty')])).err, /holds no \.yaml file/);
  assert.equal((await run(['apply', '-f', join(directory, '..', 'absent.yaml')])).code, 1);
  assert.equal((await run(['apply'])).code, 2);
});
