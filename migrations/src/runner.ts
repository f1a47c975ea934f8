import { AppError } from '@release-manager/domain';
import type { Knex } from 'knex';

import { migrations } from './list.ts';
import type { Migration } from './migration.ts';

/** Any number, the same in every version: names the advisory lock of the runner. */
const lockId = 7_246_091_553;

/**
 * Brings the schema to this version. Managers may start at once: one migrates, the others wait for it and find nothing to
 * do. Everything happens in one transaction, so a crash leaves the schema as it was.
 * @returns the names of the steps that were taken
 * @throws AppError conflict `database.newer-than-program`
 */
export async function migrateUp(db: Knex, steps: readonly Migration[] = migrations): Promise<string[]> {
  return db.transaction(async (tx) => {
    const done = await lockAndRead(tx);
    assertKnown(done, steps);
    const missing = steps.filter((step) => !done.has(step.name));
    for (const step of missing) {
      await step.up(tx);
      await tx('schema_migrations').insert({ name: step.name });
    }
    return missing.map((step) => step.name);
  });
}

/**
 * Takes steps back until `name` is the last one; an empty name takes back all. For going back to an older program: what
 * only the newer schema holds is lost.
 * @returns the names of the steps that were taken back, in that order
 * @throws AppError not-found `database.unknown-migration`, conflict `database.newer-than-program`
 */
export async function migrateDownTo(
  db: Knex,
  name: string,
  steps: readonly Migration[] = migrations,
): Promise<string[]> {
  const last = steps.findIndex((step) => step.name === name);
  if (last === -1 && name !== '') {
    throw new AppError('not-found', 'database.unknown-migration', `There is no migration ${JSON.stringify(name)}.`, {
      next: `Choose one of ${steps.map((step) => step.name).join(', ')}.`,
    });
  }
  return db.transaction(async (tx) => {
    const done = await lockAndRead(tx);
    assertKnown(done, steps);
    const surplus = steps
      .slice(last + 1)
      .filter((step) => done.has(step.name))
      .toReversed();
    for (const step of surplus) {
      await step.down(tx);
      await tx('schema_migrations').where({ name: step.name }).delete();
    }
    return surplus.map((step) => step.name);
  });
}

/** The lock comes before the table: `create table if not exists` itself fails when two run it at once. */
async function lockAndRead(tx: Knex): Promise<Set<string>> {
  await tx.raw('select pg_advisory_xact_lock(?)', [lockId]);
  await tx.raw(`
    create table if not exists schema_migrations (
      name text primary key,
      applied_at timestamptz not null default now()
    )
  `);
  const rows: { name: string }[] = await tx('schema_migrations').select('name');
  return new Set(rows.map((row) => row.name));
}

/** An older program on a newer schema would write what the newer one misreads; better it does not start. */
function assertKnown(done: ReadonlySet<string>, steps: readonly Migration[]): void {
  const known = new Set(steps.map((step) => step.name));
  const unknown = [...done].filter((name) => !known.has(name)).sort();
  if (unknown.length === 0) return;
  throw new AppError(
    'conflict',
    'database.newer-than-program',
    `The database was migrated by a newer version: this one does not know ${unknown.join(', ')}.`,
    { next: 'Start the newer version, or migrate down with it first.', details: { unknown } },
  );
}
