import type { Db } from '@release-manager/postgres';

import { ReleaseStore, type Release } from '../../releases/index.ts';
import type { Target } from './cluster-reader.ts';

interface Row {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  readonly state: string;
  readonly watched: boolean;
}

export interface TargetReleases {
  /** The last one that was committed: what should be there. */
  readonly current: Release | undefined;
  /** Earlier ones of which nobody has said how they ended, and of which now nobody will. */
  readonly overtaken: readonly Release[];
}

/**
 * What the config repo holds for a target by our record. Leaving a namespace after a move is no release of the service there:
 * it goes on in the other one.
 */
export async function currentOf(db: Db, { service, environment }: Target): Promise<TargetReleases> {
  const rows = await db<Row>('releases')
    .where({ service, environment })
    .whereNotNull('committed_at')
    .whereNull('leaves_namespace')
    .orderByRaw('committed_at desc, queue_seq desc nulls last, seq desc')
    .limit(50)
    .select('id', 'state', 'watched');
  const [last, ...earlier] = rows;
  if (last === undefined) return { current: undefined, overtaken: [] };
  const open = earlier.filter(
    ({ state, watched }) => watched && ['committed', 'applied', 'rolling-out'].includes(state),
  );
  const found = await new ReleaseStore(db).findMany([last.id, ...open.map(({ id }) => id)]);
  return {
    current: found.get(last.id),
    overtaken: open.flatMap(({ id }) => found.get(id) ?? []),
  };
}
