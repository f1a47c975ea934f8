import { actorName, compact, type Actor, type RuleOpinion } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import {
  judgeWaiting,
  letGo,
  ReleaseStore,
  type RecoveryGuard,
  type Release,
  type WaitJudgement,
} from '../releases/index.ts';
import { HoldStore } from './hold-store.ts';
import type { Hold, Target } from './hold.ts';
import { readStops } from './read-stops.ts';
import { StateFileStore } from './state-file-store.ts';
import { holdRule, holdWords, minute } from './stop-words.ts';

export interface ResumeDeps {
  readonly database: Database;
  readonly now: () => Date;
  readonly recovery: Pick<RecoveryGuard, 'automationHold'>;
}

/** What resuming a target does. */
export interface Resumed {
  /** The holds that ended; none where automation was not held. */
  readonly holds: readonly Hold[];
  readonly goesOut: readonly Release[];
  /** What waited for the hold and does not go out. */
  readonly stays: readonly WaitJudgement[];
}

/** What `resumeTarget` would do now. Changes nothing. */
export async function whatWouldResume(deps: ResumeDeps, target: Target): Promise<Resumed> {
  const { database, now, recovery } = deps;
  const holds = await new HoldStore(database.db).allOf(target);
  const lost = await recovery.automationHold(database.db);
  return resumed(holds, await judge(database.db, target, { lost, at: now() }));
}

/** Ends the hold of a target, provisional ones included: the newest release that waited for it is queued, if nothing else stops it. */
export async function resumeTarget(deps: ResumeDeps, target: Target, actor: Actor): Promise<Resumed> {
  return deps.database.transaction(async (tx) => {
    const at = deps.now();
    const lost = await lockAll(deps, tx, target);
    const holds = await new HoldStore(tx).lift(target);
    if (holds.length === 0) return { holds, goesOut: [], stays: [] };
    for (const hold of holds) await appendEnd(tx, hold, { kind: 'hold.lifted', actor, at });
    await new StateFileStore(tx).changed([{ ...target, actor }], at);
    return resumed(
      holds,
      await goOn(tx, target, { lost, actor, at, why: `automation was resumed by ${actorName(actor)}` }),
    );
  });
}

/**
 * Ends what has come to its time, and lets go what waits for a hold that is gone: the writer may have held it with what it had
 * read before. Run it as often as you like.
 */
export async function endExpired(deps: ResumeDeps, target: Target): Promise<Resumed> {
  return deps.database.transaction(async (tx) => {
    const at = deps.now();
    const actor: Actor = { kind: 'manager' };
    const lost = await lockAll(deps, tx, target);
    const store = new HoldStore(tx);
    const holds = await store.removeExpired(target, at);
    // Beside it another may stand, as when somebody rolled back while it lasted.
    const left = await store.of(target, at);
    for (const hold of holds) await appendEnd(tx, hold, { kind: 'hold.expired', actor, at, left });
    if (holds.length > 0) await new StateFileStore(tx).changed([{ ...target, actor }], at);
    if (left !== undefined) return { holds, goesOut: [], stays: [] };
    return resumed(
      holds,
      await goOn(tx, target, { lost, actor, at, why: `the hold of ${target.environment} has ended` }),
    );
  });
}

/** In the order of automation: what recovery says first, then the target. */
async function lockAll({ recovery }: ResumeDeps, tx: Db, target: Target): Promise<RuleOpinion | undefined> {
  const lost = await recovery.automationHold(tx);
  await new ReleaseStore(tx).lockTarget(target.service, target.environment);
  return lost;
}

interface GoOnInput {
  readonly lost: RuleOpinion | undefined;
  readonly actor: Actor;
  readonly at: Date;
  readonly why: string;
}

async function goOn(tx: Db, target: Target, input: GoOnInput): Promise<readonly WaitJudgement[]> {
  const judged = await judge(tx, target, input);
  await letGo(tx, judged, input);
  return judged;
}

/** As if no hold were there. */
async function judge(
  db: Db,
  target: Target,
  { lost, at }: Pick<GoOnInput, 'lost' | 'at'>,
): Promise<readonly WaitJudgement[]> {
  const waiting = await new ReleaseStore(db).waitingFor(holdRule, target);
  const stops = await readStops(db, waiting, at);
  const left = (release: Release): readonly RuleOpinion[] => stops(release).filter(({ rule }) => rule !== holdRule);
  return judgeWaiting(db, waiting, (release) => [...(lost === undefined ? [] : [lost]), ...left(release)]);
}

function resumed(holds: readonly Hold[], judged: readonly WaitJudgement[]): Resumed {
  return {
    holds,
    goesOut: judged.filter(({ to }) => to === 'queued').map(({ release }) => release),
    stays: judged.filter(({ to }) => to !== 'queued'),
  };
}

interface End {
  readonly kind: 'hold.lifted' | 'hold.expired';
  readonly actor: Actor;
  readonly at: Date;
  /** What goes on holding the target. */
  readonly left?: Hold | undefined;
}

async function appendEnd(tx: Db, hold: Hold, { kind, actor, at, left }: End): Promise<void> {
  const { service, environment, since, reason } = hold;
  const set = `which ${actorName(hold.actor)} had set ${minute(since)}: ${reason}`;
  const cause =
    kind === 'hold.expired'
      ? `the hold of ${environment} has come to its time, ${set}${left === undefined ? '' : `; another one stays: ${holdWords(left)}`}`
      : `${actorName(actor)} resumed ${environment}, ending the hold ${set}`;
  await appendLedger(tx, {
    kind,
    actor,
    service,
    environment,
    releaseId: hold.releaseId,
    cause,
    // Of what has just been ended by somebody the reason is not why they ended it.
    details:
      kind === 'hold.expired' ? compact({ hold: hold.id, reason, stays: left && holdWords(left) }) : { hold: hold.id },
    at,
  });
}
