import type { Db } from '@release-manager/postgres';

import type { LedgerRow } from '../ledger/index.ts';
import { storyKinds } from './kind-sentences.ts';

export interface HistoryFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly release?: string | undefined;
  readonly since?: Date | undefined;
  /** Also what does not belong into the story. */
  readonly details: boolean;
}

/** What happens to everybody belongs into the story of each. */
const everybodys = ['recovery.began', 'recovery.rebuilt', 'recovery.resumed'];

interface Scope {
  readonly service?: string | null;
  readonly environment?: string | null;
  readonly release_id?: string;
  readonly kinds?: readonly string[];
}

/** Where the story of somebody lies: parts of the ledger that have nothing in common. */
function scopesOf({ service, environment, release }: HistoryFilter): readonly Scope[] {
  if (release !== undefined) return [{ release_id: release }];
  const everybody = { service: null, environment: null, kinds: everybodys };
  if (service === undefined) return environment === undefined ? [{}] : [{ environment }, everybody];
  if (environment === undefined) return [{ service }, everybody];
  // What is said of the service as a whole counts in each of its environments.
  return [{ service, environment }, { service, environment: null }, everybody];
}

/** A release begins once; its other steps are told with it. */
const begins =
  "(release_id is null or kind not like 'release.%' or from_state = 'requested' or (kind = 'release.rebuilt' and from_state is null))";

/** The ledger as a story: an event for each release and for each entry that is not the step of one. */
export class HistoryStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The first entries of events, the last event first, before the position `before`. */
  async events(filter: HistoryFilter, limit: number, before?: number): Promise<readonly LedgerRow[]> {
    const { details, since } = filter;
    const parts = scopesOf(filter).map(({ kinds, ...place }) => {
      const query = this.#db('ledger')
        .select<LedgerRow[]>('*')
        .where(place)
        .whereRaw(begins)
        .orderBy('id', 'desc')
        .limit(limit);
      if (kinds !== undefined || !details) void query.whereIn('kind', [...(kinds ?? storyKinds)]);
      if (since !== undefined) void query.where('at', '>=', since);
      if (before !== undefined) void query.where('id', '<', before);
      return query;
    });
    const [only, ...more] = parts;
    if (only !== undefined && more.length === 0) return only;
    // Each part is a walk along an index that ends at the limit; one condition for all would read the whole ledger.
    const rows: unknown = await this.#db.queryBuilder().unionAll(parts, true).orderBy('id', 'desc').limit(limit);
    return rows as LedgerRow[];
  }

  /** Every step of these releases, in order. */
  async steps(releaseIds: readonly string[]): Promise<ReadonlyMap<string, readonly LedgerRow[]>> {
    const steps = new Map<string, LedgerRow[]>();
    if (releaseIds.length === 0) return steps;
    const rows = await this.#db('ledger')
      .select<LedgerRow[]>('*')
      .whereIn('release_id', [...releaseIds])
      .where('kind', 'like', 'release.%')
      .orderBy('id');
    for (const row of rows) {
      const release = row.release_id ?? '';
      steps.set(release, [...(steps.get(release) ?? []), row]);
    }
    return steps;
  }
}
