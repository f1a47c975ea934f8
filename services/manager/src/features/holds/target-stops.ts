import { jsonb, type Db } from '@release-manager/postgres';

import { toHold, type HoldRow } from './hold-store.ts';
import { keyOf, type Hold, type Quarantine, type Target } from './hold.ts';
import { toQuarantine, type QuarantineRow } from './quarantine-store.ts';

/** What stops releases of one target, as its file says it. */
export interface TargetStops {
  readonly hold: Hold | undefined;
  readonly quarantines: readonly Quarantine[];
}

/** Where rollbacks that are not settled yet bring holds or quarantines. */
export async function targetsBroughtBy(db: Db, releaseIds: readonly string[]): Promise<readonly Target[]> {
  if (releaseIds.length === 0) return [];
  const { rows } = await db.raw<{ rows: Target[] }>(
    `select service, environment from holds where provisional and release_id = any(?::text[])
     union select service, environment from quarantines where provisional and release_id = any(?::text[])`,
    [[...releaseIds], [...releaseIds]],
  );
  return rows;
}

/** By `environment/service`: what is firm, and what these releases bring. */
export async function readTargetStops(
  db: Db,
  targets: readonly Target[],
  releaseIds: readonly string[],
): Promise<ReadonlyMap<string, TargetStops>> {
  const rows = async <Row>(table: 'holds' | 'quarantines'): Promise<Row[]> => {
    const found = await db.raw<{ rows: Row[] }>(
      `select s.* from ${table} s
       join jsonb_to_recordset(?::jsonb) as t(service text, environment text) using (service, environment)
       where not s.provisional or s.release_id = any(?::text[])
       order by s.since, s.id`,
      [jsonb(targets.map(({ service, environment }) => ({ service, environment }))), [...releaseIds]],
    );
    return found.rows;
  };
  // The last of each counts, as where they are asked for.
  const holds = new Map((await rows<HoldRow>('holds')).map((row) => [keyOf(row), toHold(row)]));
  const quarantines = new Map<string, Map<string, Quarantine>>();
  for (const row of await rows<QuarantineRow>('quarantines')) {
    const quarantine = toQuarantine(row);
    const ofTarget = quarantines.get(keyOf(row)) ?? new Map<string, Quarantine>();
    quarantines.set(keyOf(row), ofTarget.set(quarantine.artifactId, quarantine));
  }
  return new Map(
    targets.map((target) => [
      keyOf(target),
      { hold: holds.get(keyOf(target)), quarantines: [...(quarantines.get(keyOf(target))?.values() ?? [])] },
    ]),
  );
}
