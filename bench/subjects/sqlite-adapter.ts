/**
 * node-oidc-provider's state in SQLite, as its documentation describes an adapter: one row per record, the payload as JSON,
 * each statement prepared once and committed by itself. The same durability as the embedded store of Countersign:
 * WAL, `synchronous=FULL`.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Adapter } from 'oidc-provider';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS record (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, uid TEXT, user_code TEXT,
    expires_at INTEGER NOT NULL, consumed_at INTEGER, PRIMARY KEY (model, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS record_grant ON record (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS record_uid ON record (model, uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS record_user_code ON record (model, user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS record_expiry ON record (expires_at);
`;

const columns = 'payload, expires_at AS expiresAt, consumed_at AS consumedAt';

interface Statements {
  readonly upsert: StatementSync;
  readonly find: StatementSync;
  readonly findByUid: StatementSync;
  readonly findByUserCode: StatementSync;
  readonly consume: StatementSync;
  readonly destroy: StatementSync;
  readonly revoke: StatementSync;
}

export function openSqliteAdapters(file: string): (model: string) => Adapter {
  const database = new DatabaseSync(file);
  database.exec(schema);
  const statements: Statements = {
    upsert: database.prepare(
      `INSERT INTO record (model, id, payload, grant_id, uid, user_code, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
         uid = excluded.uid, user_code = excluded.user_code, expires_at = excluded.expires_at`,
    ),
    find: database.prepare(`SELECT ${columns} FROM record WHERE model = ? AND id = ?`),
    findByUid: database.prepare(`SELECT ${columns} FROM record WHERE model = ? AND uid = ?`),
    findByUserCode: database.prepare(`SELECT ${columns} FROM record WHERE model = ? AND user_code = ?`),
    consume: database.prepare('UPDATE record SET consumed_at = ? WHERE model = ? AND id = ?'),
    destroy: database.prepare('DELETE FROM record WHERE model = ? AND id = ?'),
    revoke: database.prepare('DELETE FROM record WHERE grant_id = ?'),
  };
  return (model) => adapterOf(model, statements);
}

function adapterOf(model: string, statements: Statements): Adapter {
  return {
    async upsert(id, payload, expiresIn) {
      statements.upsert.run(
        model,
        id,
        JSON.stringify(payload),
        textOrNull(payload.grantId),
        textOrNull(payload.uid),
        textOrNull(payload.userCode),
        now() + expiresIn,
      );
    },
    find: async (id) => readRow(statements.find.get(model, id)),
    findByUid: async (uid) => readRow(statements.findByUid.get(model, uid)),
    findByUserCode: async (userCode) => readRow(statements.findByUserCode.get(model, userCode)),
    async consume(id) {
      statements.consume.run(now(), model, id);
    },
    async destroy(id) {
      statements.destroy.run(model, id);
    },
    async revokeByGrantId(grantId) {
      statements.revoke.run(grantId);
    },
  };
}

function readRow(row: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (row === undefined || Number(row.expiresAt) <= now()) return undefined;
  const payload = JSON.parse(String(row.payload)) as Record<string, unknown>;
  return row.consumedAt === null ? payload : { ...payload, consumed: row.consumedAt };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
