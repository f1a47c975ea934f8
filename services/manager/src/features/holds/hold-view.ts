import type { HoldView, QuarantineView } from '@release-manager/contract';
import { compact } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { toActorView } from '../ledger/index.ts';
import { HoldStore } from './hold-store.ts';
import { keyOf, type Hold, type Quarantine, type StopFacts, type Target } from './hold.ts';
import { QuarantineStore } from './quarantine-store.ts';
import { holdWords, quarantineWords } from './stop-words.ts';

/** A hold as the API shows it. */
export function toHoldView(hold: Hold, now: Date): HoldView {
  const until = hold.until?.toISOString();
  return compact({ ...stopView(hold, now), id: hold.id, until, says: holdWords(hold) });
}

/** A quarantine as the API shows it. */
export function toQuarantineView(quarantine: Quarantine, now: Date): QuarantineView {
  return { ...stopView(quarantine, now), artifact: quarantine.artifactId, says: quarantineWords(quarantine) };
}

/** What stops releases of each target of these services, for whoever shows what is where. */
export async function readStopViews(
  db: Db,
  services: readonly string[],
  now: Date,
): Promise<(target: Target) => { hold?: HoldView; quarantines?: QuarantineView[] }> {
  const holds = await new HoldStore(db).ofServices(services, now);
  const quarantines = Map.groupBy(await new QuarantineStore(db).ofServices(services), keyOf);
  return (target) => {
    const hold = holds.get(keyOf(target));
    const bad = quarantines.get(keyOf(target));
    // Of a firm and a provisional one of the same artifact the last counts.
    const last = new Map(bad?.map((each) => [each.artifactId, toQuarantineView(each, now)]));
    return compact({
      hold: hold && toHoldView(hold, now),
      quarantines: last.size === 0 ? undefined : [...last.values()],
    });
  };
}

function stopView(stop: StopFacts & Target, now: Date) {
  const { service, environment, reason, actor, since, releaseId, provisional } = stop;
  return {
    service,
    environment,
    reason,
    actor: toActorView(actor),
    since: since.toISOString(),
    ageSeconds: Math.max(0, Math.floor((now.getTime() - since.getTime()) / 1000)),
    provisional,
    ...(releaseId === undefined ? {} : { release: releaseId }),
  };
}
