import { migrations } from '@release-manager/migrations';
import type { Database } from '@release-manager/postgres';

import type { Finding } from './doctor-check.ts';

/** The oldest release of Postgres that gets security fixes for as long as ours do. */
const oldestMajor = 15;
const tolerableSkewSeconds = 5;

/** That it answers, is new enough, and agrees with us on the time. */
export async function checkDatabase(database: Database, description: string, now: Date): Promise<Finding> {
  const { rows } = await database.db.raw<{ rows: { now: Date; version: string; number: number }[] }>(
    `select clock_timestamp() as now, current_setting('server_version') as version,
      current_setting('server_version_num')::int as number`,
  );
  const [row] = rows;
  const place = `Postgres ${row?.version ?? ''}, ${description}`;
  if (row !== undefined && row.number < oldestMajor * 10_000) {
    return {
      status: 'failed',
      message: `${place}: it is older than Postgres ${oldestMajor}, with which nothing here was tried`,
      next: `move the database to Postgres ${oldestMajor} or newer`,
    };
  }
  const skew = row === undefined ? 0 : Math.abs(row.now.getTime() - now.getTime()) / 1000;
  if (skew <= tolerableSkewSeconds) return { status: 'ok', message: place };
  return {
    status: 'warning',
    message: `${place}; its clock differs from ours by ${skew.toFixed(0)} s`,
    next: 'switch on time synchronisation on both machines',
  };
}

/** That the tables are those of this version: another manager may have moved them on, or a restore back. */
export async function checkSchema(database: Database): Promise<Finding> {
  const rows = await database.db<{ name: string }>('schema_migrations').select('name');
  const done = new Set(rows.map(({ name }) => name));
  const missing = migrations.filter(({ name }) => !done.has(name)).map(({ name }) => name);
  const known = new Set(migrations.map(({ name }) => name));
  const foreign = [...done].filter((name) => !known.has(name));
  if (missing.length > 0) {
    return {
      status: 'failed',
      message: `the database lacks ${missing.join(', ')}`,
      next: 'restart the manager: it migrates as it starts',
    };
  }
  if (foreign.length > 0) {
    return {
      status: 'warning',
      message: `a newer manager has migrated the database: ${foreign.join(', ')}`,
      next: 'bring this manager to the same version',
    };
  }
  return { status: 'ok', message: `all ${migrations.length} migrations are there` };
}
