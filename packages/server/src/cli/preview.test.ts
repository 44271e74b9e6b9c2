import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run, temporaryDirectory } from './cli.test-support.ts';

test('a preview shows what each place would say of a person, and a scope that cannot be granted is refused (OpenID Connect Core §5.1.2)', async (context) => {
  const folder = temporaryDirectory(context);
  const directory = join(folder, 'data');
  const command = (args: readonly string[], input = '') => run([...args, '--data-dir', directory], { input });
  assert.equal((await command(['init'])).code, 0);
  const file = join(folder, 'metadata.json');
  const claim_mappings = [
    { claim: 'plan', in: ['id_token'], fixed: 'gold' },
    { claim: 'centre', in: ['userinfo'], attribute: 'cost_centre' },
  ];
  writeFileSync(file, JSON.stringify({ claim_mappings }));
  const redirect = ['--redirect-uri', 'https://app.example/cb'];
  assert.equal((await command(['client', 'add', '--id', 'web', ...redirect, '--metadata', file])).code, 0);
  assert.equal((await command(['user', 'add', '--username', 'ada'])).code, 0);
  assert.equal((await command(['user', 'set', 'ada', '--attribute', 'cost_centre=x7'])).code, 0);
  const preview = ['client', 'preview', '--id', 'web', '--user', 'ada'];
  const shown = JSON.parse((await command([...preview, '--scope', 'openid profile', '--json'])).out);
  assert.equal(shown.scope, 'openid profile');
  assert.equal(shown.id_token.plan, 'gold');
  assert.equal(shown.id_token.centre, undefined);
  assert.equal(shown.userinfo.centre, 'x7');
  assert.equal(shown.userinfo.preferred_username, 'ada');
  assert.equal(shown.userinfo.sub, shown.access_token.sub);
  assert.equal(shown.access_token.plan, undefined);
  const refused = await command([...preview, '--scope', 'nope']);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /may ask for: openid/);
});
