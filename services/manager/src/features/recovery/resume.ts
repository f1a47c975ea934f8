import { actorName, AppError, type Actor } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { ReleaseStore, type Release } from '../releases/index.ts';
import { recoveryRule } from './automation-hold.ts';
import { judgeHeld, type HeldJudgement } from './judge-held.ts';
import { RecoveryStore } from './recovery-store.ts';

export interface ResumeDeps {
  readonly database: Database;
  readonly now: () => Date;
}

/** What automation holds back since a loss, in the order in which it would go out. */
async function listHeld(db: Db): Promise<readonly Release[]> {
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

/** What would go out: what is held, without what is there already or gave way to something newer. */
export async function whatWouldGoOut(db: Db): Promise<readonly Release[]> {
  return (await judgeHeld(db, await listHeld(db))).filter(({ to }) => to === 'queued').map(({ release }) => release);
}

async function requeue(tx: Db, actor: Actor, at: Date): Promise<readonly Release[]> {
  const store = new ReleaseStore(tx);
  const judged = await judgeHeld(tx, await listHeld(tx));
  const queued: Release[] = [];
  for (const judgement of judged) {
    const { release, to, supersededBy } = judgement;
    const change = { to, at, ...(supersededBy === undefined ? {} : { supersededBy }) };
    if (!(await store.transition(release, change))) continue;
    if (to === 'queued') queued.push(release);
    await appendJudgement(tx, judgement, { actor, at });
  }
  await store.wakeWriter();
  return queued;
}

async function appendJudgement(
  tx: Db,
  { release, to, why }: HeldJudgement,
  { actor, at }: { readonly actor: Actor; readonly at: Date },
): Promise<void> {
  await appendLedger(tx, {
    kind: `release.${to}`,
    actor,
    service: release.service,
    environment: release.environment,
    artifactId: release.artifactId,
    releaseId: release.id,
    from: 'waiting',
    to,
    cause: why ?? `automation was resumed by ${actorName(actor)}`,
    at,
  });
}

function notFinished(): AppError {
  return new AppError('conflict', 'recovery.not-finished', 'The database is still being rebuilt.', {
    next: 'wait until it is whole again, as `release-cli doctor` says, and resume then',
  });
}
