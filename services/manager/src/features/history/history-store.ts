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

/** The ledger as a story: an event for each release and for each entry that is not the step of one. */
export class HistoryStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The first entries of events, the last event first, before the position `before`. */
  async events(filter: HistoryFilter, limit: number, before?: number): Promise<readonly LedgerRow[]> {
    const { service, environment, release, since } = filter;
    const query = this.#db('ledger')
      .select<LedgerRow[]>('*')
      .where((begin) => {
        // A release begins once; its other steps are told with it.
        void begin
          .whereNull('release_id')
          .orWhereRaw("kind not like 'release.%'")
          .orWhere('from_state', 'requested')
          .orWhere('kind', 'release.rebuilt');
      })
      .orderBy('id', 'desc')
      .limit(limit);
    if (!filter.details) void query.whereIn('kind', [...storyKinds]);
    if (release !== undefined) void query.where({ release_id: release });
    if (service !== undefined) void query.where((mine) => void mine.where({ service }).orWhereIn('kind', everybodys));
    // What is said of the service as a whole counts in each of its environments.
    if (environment !== undefined)
      void query.where((there) => void there.where({ environment }).orWhereNull('environment'));
    if (since !== undefined) void query.where('at', '>=', since);
    if (before !== undefined) void query.where('id', '<', before);
    return query;
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
