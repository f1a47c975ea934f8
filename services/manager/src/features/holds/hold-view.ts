import type { HoldView, QuarantineView } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { toActorView } from '../ledger/index.ts';
import type { Hold, Quarantine, StopFacts, Target } from './hold.ts';
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
