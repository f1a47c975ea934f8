import { messageOf } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';
import { jsonb } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

import type { Target } from './hold.ts';
import { endExpired, type ResumeDeps } from './resume-target.ts';
import { settleForgotten } from './settle-forgotten.ts';
import { holdRule } from './stop-words.ts';

export interface SweepDeps extends ResumeDeps {
  readonly logger: Logger;
}

const lookEveryMs = 2_000;
const targetsAtOnce = 200;

/** Ends holds whose time has come. Every process may do it at once: each target is looked at under its lock. */
export function startHoldSweep(deps: SweepDeps): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    // A look that takes long is one look: those that would have come meanwhile would find nothing, and keep a stop waiting.
    running ??= sweepHolds(deps).finally(() => {
      running = undefined;
    });
  }, lookEveryMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** One look. A target that cannot be dealt with now is dealt with next time, and keeps back no other. */
export async function sweepHolds(deps: SweepDeps): Promise<void> {
  const { database, logger, now } = deps;
  try {
    await database.transaction((tx) => settleForgotten(tx, now()));
    for (const target of await targetsToGoOn(database.db, now())) await endOne(deps, target);
  } catch (error) {
    logger.warn('holds could not be looked through', { error: messageOf(error) });
  }
}

async function endOne(deps: SweepDeps, target: Target): Promise<void> {
  const { service, environment } = target;
  try {
    const { holds, goesOut } = await endExpired(deps, target);
    if (holds.length > 0 || goesOut.length > 0)
      deps.logger.info('automation goes on', { service, environment, releases: goesOut.map(({ id }) => id) });
  } catch (error) {
    deps.logger.warn('a hold could not be ended', { service, environment, error: messageOf(error) });
  }
}

/** Where a hold has come to its time, or something waits for a hold that is gone. */
async function targetsToGoOn(db: Db, at: Date): Promise<readonly Target[]> {
  const { rows } = await db.raw<{ rows: Target[] }>(
    `select service, environment from holds where until <= ?
     union
     select r.service, r.environment from releases r
     where r.state = 'waiting' and r.automatic and r.decision->'opinions' @> ?::jsonb and not exists (
       select 1 from holds h
       where (h.service, h.environment) = (r.service, r.environment) and (h.until is null or h.until > ?))
     limit ?`,
    [at, jsonb([{ rule: holdRule, verdict: 'waits' }]), at, targetsAtOnce],
  );
  return rows;
}
