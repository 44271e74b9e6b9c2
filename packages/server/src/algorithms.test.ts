/** docs/algorithms.md says what is so: its tables are made here from what the server says and from the tables it works by. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  keyManagementAlgorithms,
  type SigningAlgorithm,
  signingAlgorithms,
} from '@countersign/protocol/jose';
import type { Profile } from './storage/ports.ts';
import { type Harness, openHarness } from './testing/harness.ts';

const document = readFileSync(new URL('../../../docs/algorithms.md', import.meta.url), 'utf8');
const open: readonly Profile[] = ['standard', 'strict', 'oidc-core'];

let plain: Harness;
let flagged: Harness;

before(async () => {
  plain = await openHarness();
  flagged = await openHarness({ COUNTERSIGN_FEATURES__ML_DSA: 'true' });
});
after(async () => {
  await plain.close();
  await flagged.close();
});

type Lists = ReadonlyMap<string, readonly string[]>;

/** Every member of discovery that lists algorithms. */
async function listsOf(world: Harness, profile: Profile): Promise<Lists> {
  const tenant = await world.store.tenants.find(profile);
  if (tenant === undefined) await world.addTenant({ id: profile, profile });
  const response = await world.fetch(`/t/${profile}/.well-known/openid-configuration`);
  const members = Object.entries((await response.json()) as Record<string, unknown>);
  return new Map(
    members.filter((member): member is [string, string[]] =>
      /_(?:alg|enc)_values_supported$/.test(member[0]),
    ),
  );
}

/** The lines of the table, or the list, under a heading or a sentence. */
function linesAfter(start: string, form: RegExp): readonly string[] {
  const from = document.indexOf(start);
  assert.notEqual(from, -1, `docs/algorithms.md has no ${start}`);
  const lines = document
    .slice(from + start.length)
    .split('\n')
    .slice(1);
  const first = lines.findIndex((line) => form.test(line));
  const end = lines.findIndex((line, index) => index > first && !form.test(line));
  return lines.slice(first, end);
}

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(' ');

test('the documented algorithms of every discovery member are those that discovery names (SPN-16)', async () => {
  const [first, ...others] = await Promise.all(open.map((profile) => listsOf(plain, profile)));
  assert.ok(first);
  for (const other of others) assert.deepEqual(other, first);
  const fapi = await listsOf(plain, 'fapi2-security');
  assert.deepEqual([...fapi.keys()], [...first.keys()]);
  const rows = [...first].map(
    ([member, names]) => `| \`${member}\` | ${code(names)} | ${code(fapi.get(member) ?? [])} |`,
  );
  assert.deepEqual(linesAfter('## By discovery member', /^\|/).slice(2), rows);
});

test('the documented members that ML-DSA is added to are those where the flag adds it (SPN-3, SPN-16)', async () => {
  const [off, on] = [await listsOf(plain, 'standard'), await listsOf(flagged, 'standard')];
  const added = [...on].filter(([member, names]) => names.length > (off.get(member)?.length ?? 0));
  for (const [member, names] of added) {
    assert.deepEqual(names, [...(off.get(member) ?? []), 'ML-DSA-44', 'ML-DSA-65']);
  }
  assert.deepEqual(await listsOf(flagged, 'fapi2-security'), await listsOf(plain, 'fapi2-security'));
  const rows = added.map(([member]) => `- \`${member}\``);
  assert.deepEqual(linesAfter('With `features.mlDsa` on', /^- /), rows);
});

test('the documented signature algorithms are those of the table (RFC 7518 §3.1, SPN-3)', () => {
  const rows = signingAlgorithms.map(
    (algorithm) =>
      `| \`${algorithm.name}\` | ${keyOf(algorithm)} | ${hashOf(algorithm)} | ${algorithm.isSlowToSign ? 'the thread pool' : 'the event loop'} | ${algorithm.flag === undefined ? '' : `\`features.${algorithm.flag}\``} |`,
  );
  assert.deepEqual(linesAfter('## Signature algorithms', /^\|/).slice(2), rows);
});

test('the documented key management algorithms are those of the table (RFC 7518 §4.1)', () => {
  const rows = keyManagementAlgorithms.map(({ name, keys }) => {
    const types = keys.map(({ kty, crv }) => (kty === 'RSA' ? 'RSA, 2048 to 8192 bits' : `${kty} ${crv}`));
    return `| \`${name}\` | ${types.join('; ')} |`;
  });
  assert.deepEqual(linesAfter('## Key management', /^\|/).slice(2), rows);
});

function keyOf({ keyType, curve, minimumModulusBits, publicKeyBytes }: SigningAlgorithm): string {
  if (curve !== undefined) return `${keyType} ${curve}`;
  return minimumModulusBits === undefined
    ? `${keyType}, ${publicKeyBytes} bytes`
    : `${keyType}, ${minimumModulusBits} bits or more`;
}

function hashOf({ tokenHash }: SigningAlgorithm): string {
  const names = { sha256: 'SHA-256', sha512: 'SHA-512', shake256: 'SHAKE256' };
  return tokenHash.outputBytes === undefined
    ? names[tokenHash.name]
    : `${names[tokenHash.name]}, ${tokenHash.outputBytes} bytes`;
}
