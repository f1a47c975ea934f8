import type { RuleOpinion } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import type { StopSubject } from '../releases/index.ts';
import { HoldStore } from './hold-store.ts';
import { keyOf } from './hold.ts';
import { placeKey, QuarantineStore } from './quarantine-store.ts';
import { holdOpinion, quarantineOpinion } from './stop-words.ts';

/** What holds and quarantines say of these releases; two queries however many there are. */
export async function readStops(
  db: Db,
  subjects: readonly StopSubject[],
  at: Date,
): Promise<(subject: StopSubject) => readonly RuleOpinion[]> {
  const targets = subjects.map(({ service, environment }) => ({ service, environment }));
  const places = subjects.flatMap(({ artifactId, environment }) =>
    artifactId === undefined ? [] : [{ artifactId, environment }],
  );
  const holds = await new HoldStore(db).ofTargets(targets, at);
  const quarantines = await new QuarantineStore(db).ofPlaces(places);
  return ({ service, environment, artifactId, automatic }) => {
    const hold = holds.get(keyOf({ service, environment }));
    const quarantine = artifactId === undefined ? undefined : quarantines.get(placeKey({ artifactId, environment }));
    return [
      ...(quarantine === undefined ? [] : [quarantineOpinion(quarantine)]),
      ...(hold === undefined ? [] : [holdOpinion(hold, automatic)]),
    ];
  };
}
