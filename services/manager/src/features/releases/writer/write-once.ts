import { AppError, messageOf } from '@release-manager/domain';
import type { CommitWriter, Oid } from '@release-manager/git';

import { ReleaseStore } from '../release-store.ts';
import type { StopFile } from '../stops.ts';
import { recordLanded } from './land-push.ts';
import { planBatch, type BatchPlan, type Postponed } from './plan-batch.ts';
import { planStopFiles } from './plan-stop-files.ts';
import { PushAttemptStore, type PushAttempt } from './push-attempt-store.ts';
import { QueueStore } from './queue-store.ts';
import { recordDecided } from './record-outcome.ts';
import { settleAttempts } from './settle-attempts.ts';
import type { WriterDeps } from './writer-deps.ts';

const waitsForAnswer = 'the config repo, which did not say whether it took the push';
const waitsForBranch = 'the config repo, which refuses to move its branch';

/** Commits in one push; more would only make a lost race dearer. */
const batchSize = 500;

/**
 * One round of the writer: settles what is in doubt, takes what is queued, plans it on the newest tip that is known, records
 * the attempt, pushes, records what landed. A process that dies between any two of these steps loses nothing: before the
 * attempt is recorded nothing has left the machine, and after it the next round asks the config repo.
 * @throws AppError unavailable when the config repo or the database does not answer; nothing is lost, try later.
 */
export async function writeOnce(
  deps: WriterDeps,
  signal: AbortSignal,
  postponed: readonly string[],
): Promise<WriteRound> {
  const { repo, database } = deps;
  const base = await currentBase(deps);
  if (base === undefined) return waitForInit(deps);
  if ((await deps.recovery?.settle(base)) === false) {
    // Somebody moved the branch, or records right now what moved it: nothing is planned on what is not understood yet.
    await repo.refresh();
    return { kind: 'again', postponed: [] };
  }
  const snapshot = await repo.adopt(base);
  if (!snapshot.initialised) return waitForInit(deps);
  await deps.index.sync(base, repo.mirror.tree(base), snapshot, signal);

  const releases = await new QueueStore(database.db).take(batchSize, postponed);
  const writer = repo.mirror.writer(base);
  const plan = releases.length === 0 ? emptyPlan : await planBatch(deps, releases, snapshot, writer);
  const files = await planStopFiles(deps, writer, plan.written);
  if (writer.count === 0) {
    await deps.stops?.written(database.db, files);
    if (releases.length === 0) return { kind: files.length === 0 ? 'idle' : 'again', postponed: [] };
    return { kind: 'again', postponed: await recordDecisions(deps, plan) };
  }
  return pushPlanned(deps, { base, writer, plan, files }, signal);
}

interface PlannedPush extends Pushed {
  readonly base: Oid;
  readonly writer: CommitWriter;
}

async function pushPlanned(deps: WriterDeps, planned: PlannedPush, signal: AbortSignal): Promise<WriteRound> {
  const { base, writer, plan } = planned;
  await writer.flush();
  const { tip } = writer;
  if (tip === undefined || signal.aborted) return { kind: 'again', postponed: plan.postponed };
  const attempt = await deps.database.transaction((tx) =>
    new PushAttemptStore(tx).record(
      {
        base,
        tip,
        commits: plan.written.map((each) => ({ releaseId: each.planned.release.id, commit: each.commit })),
      },
      deps.now(),
    ),
  );
  if (attempt === undefined) return { kind: 'again', postponed: plan.postponed };
  return { kind: 'again', postponed: await push(deps, attempt, planned) };
}

const emptyPlan: BatchPlan = { written: [], decided: [], postponed: [] };

async function waitForInit({ database, now }: WriterDeps): Promise<WriteRound> {
  await new QueueStore(database.db).setAllWaitFor(
    'a config repo with a release-manager.yaml: run `release-cli init`',
    now(),
  );
  return { kind: 'idle', postponed: [] };
}

/** The tip to build on: the one that open attempts were compared with, else the newest that is known. */
async function currentBase(deps: WriterDeps): Promise<Oid | undefined> {
  const { repo } = deps;
  const settled = await settleAttempts(deps);
  if (settled !== undefined) return settled.tip;
  if (repo.mirror.tip() === undefined) await repo.refresh();
  return repo.mirror.tip();
}

export interface WriteRound {
  /** `again`: there may be more to do at once. */
  readonly kind: 'idle' | 'again';
  /** Releases whose target has to wait a little, with what for. */
  readonly postponed: BatchPlan['postponed'];
}

/**
 * What was decided without a commit, and what has to wait. A release that an open push may still bring into the config repo stays
 * queued until that is known, whatever is decided of it now: recorded as refused it would be there and nobody would know.
 * @returns what has to wait
 */
async function recordDecisions({ database, stops, now }: WriterDeps, plan: BatchPlan): Promise<readonly Postponed[]> {
  if (plan.decided.length === 0 && plan.postponed.length === 0) return [];
  return database.transaction(async (tx) => {
    const inDoubt = await new ReleaseStore(tx).lockInDoubt(plan.decided.map(({ release }) => release.id));
    const postponed = [...plan.postponed];
    for (const planned of plan.decided) {
      if (inDoubt.has(planned.release.id)) postponed.push({ release: planned.release, why: waitsForAnswer });
      else await recordDecided(tx, planned, { at: now(), stops });
    }
    for (const { release, why } of postponed) await new QueueStore(tx).setWaitsFor([release.id], why, now());
    return postponed;
  });
}

interface Pushed {
  readonly plan: BatchPlan;
  readonly files: readonly StopFile[];
}

/** @returns what has to wait */
async function push(deps: WriterDeps, attempt: PushAttempt, { plan, files }: Pushed): Promise<readonly Postponed[]> {
  const { repo, database, now, logger } = deps;
  let outcome;
  try {
    outcome = await repo.mirror.push(attempt.base, attempt.tip);
  } catch (error) {
    // The mirror throws only for a push that certainly did not land.
    await new PushAttemptStore(database.db).refused(attempt.id, now(), messageOf(error));
    await new QueueStore(database.db).setWaitsFor(attempt.releaseIds, `the config repo: ${messageOf(error)}`, now());
    throw error;
  }
  if (outcome === 'landed') {
    await recordLanded(deps, attempt, { written: plan.written, files });
    // Only now: a refusal may rest on what another release of this batch claims, and without its commit it claims nothing.
    return recordDecisions(deps, plan);
  }
  if (outcome === 'rejected') {
    // Not lost for certain: where something between here and the remote sent the push twice, the second was refused because
    // the first had landed. The next round reads the branch and finds out.
    if ((await repo.mirror.fetch()) === attempt.base) {
      // Nobody was faster: a lock that was left behind at the remote, for one. Trying again at once would be a hot loop.
      await new QueueStore(database.db).setWaitsFor(attempt.releaseIds, waitsForBranch, now());
      throw new AppError('unavailable', 'release.push-blocked', 'The config repo refuses to move its branch.', {
        next: 'look at the remote: a lock file of a push that died may block the branch',
      });
    }
    logger.info('somebody else pushed first, planning again', { releases: attempt.releaseIds.length });
    return plan.postponed;
  }
  await new QueueStore(database.db).setWaitsFor(attempt.releaseIds, waitsForAnswer, now());
  logger.warn('the answer to a push was lost, reading the config repo', { attempt: attempt.id });
  throw new AppError('unavailable', 'release.push-in-doubt', 'The config repo did not answer whether it took a push.');
}
