import type { Database, Db } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';
import type { Logger } from '@release-manager/runtime';
import type { ArtifactStore } from '@release-manager/storage';

import { appendLedger } from '../ledger/index.ts';
import { verifyArtifactJob } from './artifact-jobs.ts';

export interface SweepDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly store: ArtifactStore;
  readonly logger: Logger;
  readonly now: () => Date;
}

export interface Swept {
  /** Registrations whose upload never came. */
  readonly abandoned: number;
  /** Uploads whose verification was lost, and is begun again. */
  readonly requeued: number;
  /** Objects under `uploads/` that nobody will read. */
  readonly removed: number;
}

const hourMs = 60 * 60 * 1000;
const abandonedAfterMs = 24 * hourMs;
/** A verification that runs is given up before this. */
const lostAfterMs = 10 * 60 * 1000;
const batch = 500;

/** Cleans up behind CI jobs that died between two steps. Safe to run at any time, also by several processes at once. */
export async function sweepUploads(deps: SweepDeps): Promise<Swept> {
  const now = deps.now().getTime();
  const old = new Date(now - abandonedAfterMs);
  const abandoned = await removeAbandoned(deps, old);
  const requeued = await verifyLost(deps, new Date(now - lostAfterMs));
  const removed = await removeObjects(deps, old);
  if (abandoned + requeued + removed > 0) deps.logger.info('swept uploads', { abandoned, requeued, removed });
  return { abandoned, requeued, removed };
}

async function removeAbandoned({ database, now }: SweepDeps, old: Date): Promise<number> {
  return database.transaction(async (tx) => {
    const rows = await abandonedRows(tx, old);
    for (const { id, service } of rows) {
      await appendLedger(tx, {
        kind: 'artifact.abandoned',
        actor: { kind: 'manager' },
        service,
        artifactId: id,
        from: 'pending',
        cause: `${id} was registered and not uploaded within a day`,
        at: now(),
      });
    }
    return rows.length;
  });
}

async function abandonedRows(tx: Db, old: Date): Promise<readonly { id: string; service: string }[]> {
  const ids = tx('artifacts as a')
    .where({ 'a.state': 'pending' })
    .where('a.updated_at', '<', old)
    .whereNotExists(tx('releases as r').whereRaw('r.artifact_id = a.id').select(tx.raw('1')))
    .whereNotExists(tx('branch_heads as h').whereRaw('h.artifact_id = a.id').select(tx.raw('1')))
    .whereNotExists(tx('automation_heads as h').whereRaw('h.artifact_id = a.id').select(tx.raw('1')))
    .orderBy('a.id')
    .limit(batch)
    .forUpdate('a')
    .skipLocked()
    .select('a.id');
  return tx<{ id: string; service: string }>('artifacts').whereIn('id', ids).delete().returning(['id', 'service']);
}

/** A job that is still there is replaced or finds nothing to do; one that is not there is what this is for. */
async function verifyLost({ database, queue }: SweepDeps, before: Date): Promise<number> {
  const rows = await database
    .db<{ id: string; state: string; uploaded_at: Date }>('artifacts')
    .where({ state: 'uploaded' })
    .where('uploaded_at', '<', before)
    .limit(batch)
    .select('id');
  for (const { id } of rows) {
    await database.transaction((tx) => queue.enqueue(tx, verifyArtifactJob, { artifactId: id }, { key: id }));
  }
  return rows.length;
}

async function removeObjects({ database, store }: SweepDeps, old: Date): Promise<number> {
  let removed = 0;
  for await (const { key, modifiedAt } of store.list('uploads/')) {
    if (modifiedAt >= old) continue;
    // Still to be read, by a verification that was held up for a day.
    const wanted: unknown = await database.db('artifacts').where({ upload_key: key, state: 'uploaded' }).first('id');
    if (wanted !== undefined) continue;
    await store.remove(key);
    removed += 1;
  }
  return removed;
}
