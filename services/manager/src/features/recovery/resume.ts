import { actorName, AppError, type Actor } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';

import { FolderStore } from '../config-repo/index.ts';
import { appendLedger } from '../ledger/index.ts';
import { ReleaseStore, type Release } from '../releases/index.ts';
import { recoveryRule } from './automation-hold.ts';
import { RecoveryStore } from './recovery-store.ts';

export interface ResumeDeps {
  readonly database: Database;
  readonly now: () => Date;
}

/** What automation holds back since a loss, in the order in which it would go out. */
export async function listHeld(db: Db): Promise<readonly Release[]> {
  const rows: { id: string }[] = await db('releases')
    .where({ state: 'waiting', automatic: true })
    .whereRaw("decision->'opinions' @> ?::jsonb", [JSON.stringify([{ rule: recoveryRule, verdict: 'waits' }])])
    .orderBy('seq')
    .select('id');
  const releases = await new ReleaseStore(db).findMany(rows.map(({ id }) => id));
  return rows.flatMap(({ id }) => releases.get(id) ?? []);
}

/**
 * Lets automation go on: what waited only for this is queued, and judged once more by the writer.
 * @returns what goes out
 * @throws AppError conflict `recovery.not-finished`
 */
export async function resume({ database, now }: ResumeDeps, actor: Actor): Promise<readonly Release[]> {
  return database.transaction(async (tx) => {
    const store = new RecoveryStore(tx);
    const { state } = await store.lock();
    if (state === 'rebuilding') throw notFinished();
    if (state === 'whole') return [];
    const at = now();
    await store.resumed(at);
    const queued = await requeue(tx, actor, at);
    await appendLedger(tx, {
      kind: 'recovery.resumed',
      actor,
      cause: `${actorName(actor)} resumed automation after the database was rebuilt; ${queued.length} releases go out`,
      details: { releases: queued.map(({ id }) => id) },
      at,
    });
    return queued;
  });
}

/** What the writer held with what it had read before automation was resumed. */
export async function requeueForgotten({ database, now }: ResumeDeps): Promise<void> {
  if ((await listHeld(database.db)).length === 0) return;
  await database.transaction(async (tx) => {
    if ((await new RecoveryStore(tx).readShared()).state === 'whole') await requeue(tx, { kind: 'manager' }, now());
  });
}

/** What would go out: without what lies there already, because history told of it only after it was held. */
export async function whatWouldGoOut(db: Db): Promise<readonly Release[]> {
  const held = await listHeld(db);
  const there = await placesOf(db, held);
  return held.filter((release) => !isThere(there, release));
}

async function requeue(tx: Db, actor: Actor, at: Date): Promise<readonly Release[]> {
  const store = new ReleaseStore(tx);
  const held = await listHeld(tx);
  const there = await placesOf(tx, held);
  const queued: Release[] = [];
  for (const release of held) {
    const to = isThere(there, release) ? 'cancelled' : 'queued';
    if (!(await store.transition(release, { to, at }))) continue;
    if (to === 'queued') queued.push(release);
    await appendLedger(tx, {
      kind: `release.${to}`,
      actor,
      service: release.service,
      environment: release.environment,
      artifactId: release.artifactId,
      releaseId: release.id,
      from: 'waiting',
      to,
      cause:
        to === 'queued'
          ? `automation was resumed by ${actorName(actor)}`
          : `${release.artifactId ?? 'it'} is in ${release.environment} already`,
      at,
    });
  }
  await store.wakeWriter();
  return queued;
}

async function placesOf(db: Db, releases: readonly Release[]): Promise<ReadonlySet<string>> {
  const folders = await new FolderStore(db).ofServices([...new Set(releases.map(({ service }) => service))]);
  return new Set(
    folders.map(({ environment, service, artifactId }) => `${environment}/${service}/${artifactId ?? ''}`),
  );
}

function isThere(places: ReadonlySet<string>, { environment, service, artifactId }: Release): boolean {
  return places.has(`${environment}/${service}/${artifactId ?? ''}`);
}

function notFinished(): AppError {
  return new AppError('conflict', 'recovery.not-finished', 'The database is still being rebuilt.', {
    next: 'wait until it is whole again, as `release-cli doctor` says, and resume then',
  });
}
