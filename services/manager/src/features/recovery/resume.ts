import { actorName, AppError, type Actor } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { judgeWaiting, letGo, ReleaseStore, type Release, type Stops, type WaitJudgement } from '../releases/index.ts';
import { recoveryRule } from './automation-hold.ts';
import { RecoveryStore } from './recovery-store.ts';

export interface ResumeDeps {
  readonly database: Database;
  readonly now: () => Date;
  /** What else may stop a release. */
  readonly stops?: Pick<Stops, 'on'> | undefined;
}

/**
 * Lets automation go on: what waited only for this is queued, and judged once more by the writer.
 * @returns what goes out
 * @throws AppError conflict `recovery.not-finished`
 */
export async function resume(deps: ResumeDeps, actor: Actor): Promise<readonly Release[]> {
  return deps.database.transaction(async (tx) => {
    const store = new RecoveryStore(tx);
    const { state } = await store.lock();
    if (state === 'rebuilding') throw notFinished();
    if (state === 'whole') return [];
    const at = deps.now();
    await store.resumed(at);
    const queued = await requeue(deps, tx, actor);
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
export async function requeueForgotten(deps: ResumeDeps): Promise<void> {
  if ((await new ReleaseStore(deps.database.db).waitingFor(recoveryRule)).length === 0) return;
  await deps.database.transaction(async (tx) => {
    if ((await new RecoveryStore(tx).readShared()).state === 'whole') await requeue(deps, tx, { kind: 'manager' });
  });
}

/** What would go out: what is held, without what is there already, gave way to something newer, or is stopped by something else. */
export async function whatWouldGoOut(deps: ResumeDeps): Promise<readonly Release[]> {
  const judged = await judge(deps, deps.database.db);
  return judged.filter(({ to }) => to === 'queued').map(({ release }) => release);
}

async function requeue(deps: ResumeDeps, tx: Db, actor: Actor): Promise<readonly Release[]> {
  const why = `automation was resumed by ${actorName(actor)}`;
  return letGo(tx, await judge(deps, tx), { actor, at: deps.now(), why });
}

/** What automation holds back since a loss, in the order in which it would go out, and what becomes of it. */
async function judge({ stops, now }: ResumeDeps, db: Db): Promise<readonly WaitJudgement[]> {
  const waiting = await new ReleaseStore(db).waitingFor(recoveryRule);
  const left = await stops?.on(db, waiting, now());
  return judgeWaiting(db, waiting, (release) => left?.(release) ?? []);
}

function notFinished(): AppError {
  return new AppError('conflict', 'recovery.not-finished', 'The database is still being rebuilt.', {
    next: 'wait until it is whole again, as `release-cli doctor` says, and resume then',
  });
}
