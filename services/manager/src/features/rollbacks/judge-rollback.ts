import { AppError } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { artifactNotFound, ArtifactRecords } from '../artifacts/index.ts';
import { FolderStore } from '../config-repo/index.ts';
import { historyIsComplete } from '../recovery/index.ts';
import { holdsAlready, ReleaseStore, type Release } from '../releases/index.ts';
import { chooseTarget, takeNamed, type Target } from './choose-target.ts';
import type { Situation } from './past-release.ts';
import { readQueue, type TargetQueue } from './read-queue.ts';
import { readHistory, readSituation, type History } from './read-situation.ts';
import { RollbackStore } from './rollback-store.ts';
import type { Rollback, RollbackRequest } from './rollback.ts';

export type RollbackJudgement =
  /** What is asked for is there, or on its way. */
  | { readonly kind: 'already'; readonly release: Release | undefined; readonly message: string }
  | {
      readonly kind: 'go';
      /** What is left behind; absent where the service was not there. */
      readonly from: string | undefined;
      readonly to: Target;
      /** The branch of the target. */
      readonly branch: string | undefined;
      /** Queued releases that do not go out any more. */
      readonly cancels: readonly Release[];
      /** The release that put the target where it still lies: then nothing has to be committed. */
      readonly there: Release | undefined;
    };

type Asked = Pick<RollbackRequest, 'service' | 'environment' | 'to' | 'from'>;

/**
 * What a rollback means right now: what it leaves, where it goes, what of the queue it takes back. Changes nothing. The caller holds
 * the lock of the target until it has done it.
 * @throws AppError not-found `rollback.nothing-to-go-back-to`, `artifact.not-found`; conflict `rollback.never-there`,
 *   `rollback.to-newer`, `rollback.moved-on`, `artifact.other-service`; denied `rollback.quarantined`; unavailable
 *   `rollback.history-incomplete`
 */
export async function judgeRollback(tx: Db, asked: Asked): Promise<RollbackJudgement> {
  const queue = await readQueue(tx, asked);
  const history = await readHistory(tx, asked, asked.to);
  const current = await readCurrent(tx, asked, { queue, history });
  const already = (await secondPerson(tx, asked, queue)) ?? (await namedIsThere(tx, asked, { queue, current }));
  if (already !== undefined) return already;
  const last = await movedOn(tx, asked, current);
  if (last !== undefined) return last;

  const situation = await readSituation(tx, asked, { past: history.past, current, to: asked.to });
  const to = await targetOf(tx, asked, situation);
  const wanted = { service: asked.service, environment: asked.environment, artifactId: to.artifactId };
  return {
    kind: 'go',
    from: current,
    to,
    branch: history.releases.get(to.release.id)?.branch,
    cancels: queue.free,
    there: queue.isEmptyWithoutFree ? await holdsAlready(tx, wanted) : undefined,
  };
}

/** What is there, or will be once the queue is worked off; behind another rollback it is what that one leaves. */
async function readCurrent(
  tx: Db,
  { service, environment }: Asked,
  { queue, history }: { queue: TargetQueue; history: History },
): Promise<string | undefined> {
  const { newest } = queue;
  if (newest?.intent === 'rollback') return (await new RollbackStore(tx).ofRelease(newest.id))?.fromArtifactId;
  if (newest !== undefined) return newest.artifactId;
  const [last] = history.past;
  if (last !== undefined) return last.artifactId;
  // Nobody recorded how it came there, as after a move from another tool.
  return (await new FolderStore(tx).find(service, environment))[0]?.artifactId;
}

/** Somebody was faster, and it is not done yet: who names nothing else means the same. */
async function secondPerson(tx: Db, { to, environment }: Asked, { newest }: TargetQueue) {
  if (newest?.intent !== 'rollback' || (to !== undefined && to !== newest.artifactId)) return undefined;
  const first = await new RollbackStore(tx).ofRelease(newest.id);
  const by = first === undefined ? '' : ` (${first.reason})`;
  const message = `${environment} is already on its way back to ${newest.artifactId ?? ''} as ${newest.id}${by}`;
  return { kind: 'already', release: newest, message } as const;
}

async function namedIsThere(
  tx: Db,
  { service, environment, to }: Asked,
  { queue, current }: { queue: TargetQueue; current: string | undefined },
) {
  if (to === undefined || to !== current || queue.newest?.intent === 'rollback') return undefined;
  if (queue.newest !== undefined) {
    const message = `${to} is already on its way to ${environment} as ${queue.newest.id}`;
    return { kind: 'already', release: queue.newest, message } as const;
  }
  const release = await holdsAlready(tx, { service, environment, artifactId: to });
  return { kind: 'already', release, message: `${to} is in ${environment} already` } as const;
}

/**
 * The caller saw something that is not there any more. When a rollback took it away, that is what was wanted; whatever else
 * happened, nobody can know whether it still is.
 * @throws AppError conflict `rollback.moved-on`
 */
async function movedOn(tx: Db, { service, environment, from }: Asked, current: string | undefined) {
  if (from === undefined || from === current) return undefined;
  const last = await new RollbackStore(tx).last(service, environment);
  if (last?.fromArtifactId === from && last.toArtifactId === current) {
    const release = last.releaseId === undefined ? undefined : await new ReleaseStore(tx).find(last.releaseId);
    return { kind: 'already', release, message: alreadyBack(last) } as const;
  }
  throw new AppError(
    'conflict',
    'rollback.moved-on',
    `${environment} holds ${current ?? 'nothing of the service'} now, and not ${from} any more.`,
    { next: `look again with \`release-cli status --service ${service}\`, and roll back if it still has to be` },
  );
}

function alreadyBack({ environment, toArtifactId, releaseId, reason }: Rollback): string {
  const as = releaseId === undefined ? '' : ` as ${releaseId}`;
  return `${environment} already went back to ${toArtifactId}${as} (${reason})`;
}

async function targetOf(tx: Db, { service, environment, to }: Asked, situation: Situation): Promise<Target> {
  const named = to === undefined ? undefined : takeNamed(to, situation);
  if (named !== undefined) return named;
  // The newest that is known so far may be an old one.
  if (!(await historyIsComplete(tx))) throw historyIncomplete(environment);
  if (to === undefined) return chooseTarget(situation);
  const artifact = await new ArtifactRecords(tx).find(to);
  if (artifact === undefined) throw artifactNotFound(to, service);
  if (artifact.service !== service) {
    throw new AppError('conflict', 'artifact.other-service', `${to} is an artifact of ${artifact.service}.`, {
      next: `roll back ${artifact.service} with --service ${artifact.service}`,
    });
  }
  throw new AppError(
    'conflict',
    'rollback.never-there',
    `${to} never was in ${environment}, so nothing leads back to it.`,
    {
      next: `release it with \`release-cli release --artifact ${to} ${environment} --service ${service}\``,
    },
  );
}

function historyIncomplete(environment: string): AppError {
  return new AppError(
    'unavailable',
    'rollback.history-incomplete',
    `The history of ${environment} is being read again after a loss, and nobody knows yet what was there last.`,
    {
      next: 'name what to go back to with --to, once `release-cli history` shows it; `release-cli doctor` says how far it is',
    },
  );
}
