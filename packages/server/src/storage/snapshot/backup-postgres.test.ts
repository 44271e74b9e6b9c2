import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Client } from 'pg';
import { verifyAudit } from '../../audit/verify.ts';
import type { Driver } from '../conformance/driver.ts';
import { postgresDriver, skipWithoutPostgres, sqliteDriver } from '../conformance/drivers.ts';
import { now, seedAll, trail } from '../conformance/fixtures.ts';
import { openStores, type StorageSettings } from '../open.ts';
import type { Store } from '../ports.ts';
import { backUp } from './backup.ts';
import { restore, verifyBackup } from './restore.ts';
import { copiedTables, tableEntries } from './tables.ts';

const clock = () => now;
const serverUrl = process.env.TEST_POSTGRES_URL ?? '';
const kinds = ['sqlite', 'postgresql'] as const;
const drivers: Readonly<Record<(typeof kinds)[number], Driver>> = {
  sqlite: sqliteDriver,
  postgresql: postgresDriver,
};

interface Bench {
  readonly folder: string;
  readonly file: string;
  /** A place without a store. */
  empty(kind: (typeof kinds)[number]): Promise<StorageSettings>;
}

describe('backup and restore', { skip: skipWithoutPostgres }, () => {
  const hashes = new Map<string, unknown>();

  for (const from of kinds) {
    for (const to of kinds) {
      test(`a backup of ${from} comes back on ${to}, while the store is in use, without what was granted and with an epoch (ACC-1)`, () =>
        onBench(async (bench) => {
          const place = await drivers[from].create();
          try {
            const { store, ephemeral } = await place.open(clock);
            for (const tenant of ['a', '_system']) await seedAll(store, tenant);
            await ephemeral.put('sign-in under way', 'state', now + 600);
            assert.ok(await ephemeral.putIfAbsent('claim', now + 600));
            const made = await backUp(settingsOf(place.address), bench.file, now);
            await store.audit.append([...(trail('a', 'after.backup').audit ?? [])]);
            const target = await bench.empty(to);
            const report = await restore({ ...restoring(bench, target), now: now + 5 });
            assert.equal(report.sha256, made.sha256);
            assert.ok(report.restoredRows > 20 && report.endedRows > 10);
            const opened = await openStores(target, { processName: 'suite', clock });
            try {
              await checkRestored(opened.store, made.sha256);
              assert.equal(await opened.ephemeral.find('sign-in under way', now), undefined);
              assert.equal(await opened.ephemeral.putIfAbsent('claim', now + 600), false);
            } finally {
              await opened.store.close();
            }
          } finally {
            await place.destroy();
          }
        }));
    }
  }

  test('the same store gives the same hashes from both databases (ACC-1)', () =>
    onBench(async (bench) => {
      const place = await sqliteDriver.create();
      try {
        const { store } = await place.open(clock);
        for (const tenant of ['a', '_system']) await seedAll(store, tenant);
        await store.close();
        await backUp(settingsOf(place.address), bench.file, now);
        const target = await bench.empty('postgresql');
        await restore(restoring(bench, target));
        const again = await backUp(target, join(bench.folder, 'again'), now);
        const first = await verifyBackup(bench.file);
        for (const { table, rows, hash } of first.tables) hashes.set(table, { rows, hash });
        const unchanged = again.tables.filter(
          ({ table }) =>
            tableEntries[table].nature !== 'grant' &&
            !['revocation', 'audit_chain', 'audit_record'].includes(table),
        );
        assert.ok(unchanged.length > 10);
        for (const { table, rows, hash } of unchanged)
          assert.deepEqual(hashes.get(table), { rows, hash }, table);
      } finally {
        await place.destroy();
      }
    }));

  test('one flipped byte, a cut, an addition, another file and a newer format are refused before anything is written (ACC-1)', () =>
    onBench(async (bench) => {
      const whole = await someBackup(bench);
      const target = await bench.empty('sqlite');
      const refuses = async (bytes: Buffer | string, code: string, what: string): Promise<void> => {
        writeFileSync(bench.file, bytes);
        await assert.rejects(verifyBackup(bench.file), { code }, what);
        await assert.rejects(restore(restoring(bench, target)), { code }, what);
        assert.deepEqual(readdirSync(target.directory), [], what);
      };
      for (let index = 0; index < 60; index += 1) {
        const altered = Buffer.from(whole);
        const at = index < 20 ? whole.length - 1 - index * 5 : (index * 7919) % whole.length;
        altered[at] = (altered[at] ?? 0) ^ 1;
        writeFileSync(bench.file, altered);
        await assert.rejects(verifyBackup(bench.file), { name: 'BackupError' }, `byte ${at}`);
      }
      await refuses(whole.subarray(0, whole.length / 2), 'damaged', 'half');
      await refuses(whole.subarray(0, whole.length - 1), 'damaged', 'without the last byte');
      await refuses(
        whole.subarray(0, whole.lastIndexOf('\n', whole.length - 2) + 1),
        'damaged',
        'without its hash',
      );
      await refuses(Buffer.concat([whole, Buffer.from('["x"]\n')]), 'damaged', 'with a line more');
      await refuses('', 'damaged', 'empty');
      await refuses('PNG\n', 'damaged', 'another file');
      await refuses(
        Buffer.from(whole.toString('latin1').replace('"version":1', '"version":2'), 'latin1'),
        'newer_format',
        'newer',
      );
    }));

  test('the file is for its owner only, replaces nothing, and leaves nothing behind when it fails (ACC-1)', () =>
    onBench(async (bench) => {
      const whole = await someBackup(bench);
      assert.equal(statSync(bench.file).mode & 0o777, 0o600);
      assert.deepEqual(readdirSync(bench.folder), ['a.backup']);
      const place = await sqliteDriver.create();
      try {
        await (await place.open(clock)).store.close();
        await assert.rejects(backUp(settingsOf(place.address), bench.file, now), { code: 'exists' });
        assert.deepEqual(readFileSync(bench.file), whole);
      } finally {
        await place.destroy();
      }
      assert.deepEqual(readdirSync(bench.folder), ['a.backup']);
    }));

  test('a store that is there stays, and the wrong envelope key is said before anything is written (ACC-1)', () =>
    onBench(async (bench) => {
      await someBackup(bench);
      for (const kind of kinds) {
        const target = await bench.empty(kind);
        const requireKeys = (names: readonly string[]): void => {
          assert.ok(names.length > 0);
          throw new Error('not this key');
        };
        await assert.rejects(restore({ ...restoring(bench, target), requireKeys }), /not this key/);
        await restore(restoring(bench, target));
        await assert.rejects(restore(restoring(bench, target)), { code: 'target_not_empty' }, kind);
      }
    }));
});

async function checkRestored(store: Store, hash: string): Promise<void> {
  const found = await store.audit.listNewest('a', 50);
  const restored = found.find(({ action }) => action === 'store.restored');
  assert.equal(restored?.details.backupHash, hash);
  assert.ok(!found.some(({ action }) => action === 'after.backup'), 'as it was when the backup was made');
  for (const tenant of ['a', '_system'])
    assert.deepEqual((await verifyAudit(store.audit, tenant)).broken, []);
  const rows = await store.maintenance.countRows();
  for (const table of copiedTables) {
    if (tableEntries[table].nature === 'grant') assert.equal(rows[table], 0, table);
  }
  assert.equal(rows.tenant, 2);
  assert.equal(rows.subject, 2);
  const { revocations } = await store.revocations.listAfter(0, now, 100);
  const epoch = revocations.filter(({ kind }) => kind === 'tenant');
  assert.deepEqual(
    epoch.map(({ tenant, id, revokedAt }) => [tenant, id, revokedAt]),
    [
      ['_system', '_system', now + 5],
      ['a', 'a', now + 5],
    ],
  );
}

async function someBackup(bench: Bench): Promise<Buffer> {
  const place = await sqliteDriver.create();
  try {
    const { store } = await place.open(clock);
    for (const tenant of ['a', '_system']) await seedAll(store, tenant);
    await store.close();
    await backUp(settingsOf(place.address), bench.file, now);
    return readFileSync(bench.file);
  } finally {
    await place.destroy();
  }
}

function restoring(bench: Bench, settings: StorageSettings) {
  return { settings, path: bench.file, now, revocationSeconds: 60, requireKeys: () => {} };
}

/** Of a place of the conformance suite. */
function settingsOf(address: string): StorageSettings {
  const isPostgres = address.startsWith('postgres:');
  return {
    directory: isPostgres ? '' : address,
    patienceMs: 5000,
    postgres: isPostgres
      ? {
          url: address,
          passwordFile: null,
          tls: 'disable',
          caFile: null,
          writers: 2,
          readers: 2,
          statementTimeoutMs: 5000,
          prepareStatements: true,
        }
      : null,
  };
}

async function onBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-backup-'));
  const made: string[] = [];
  const folders: string[] = [folder];
  try {
    await work({
      folder,
      file: join(folder, 'a.backup'),
      async empty(kind) {
        if (kind === 'sqlite') {
          const directory = mkdtempSync(join(tmpdir(), 'countersign-restore-'));
          folders.push(directory);
          return settingsOf(directory);
        }
        const name = `restore_${randomBytes(8).toString('hex')}`;
        await query(`create database ${name}`);
        made.push(name);
        return settingsOf(serverUrl.replace(/[^/]*$/, name));
      },
    });
  } finally {
    for (const name of made) await query(`drop database ${name} with (force)`);
    for (const one of folders) rmSync(one, { recursive: true, force: true });
  }
}

async function query(text: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
