import { AppError } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import type { Recovery, SkippedObject } from './recovery.ts';

interface RecoveryRow {
  known_tip: string | null;
  state: Recovery['state'];
  reason: string | null;
  found_at: Date | null;
  found_tip: string | null;
  services: number;
  history_done: boolean;
  commits: number | null;
  commits_read: number;
  releases: number;
  store_done: boolean;
  store_at: string | null;
  artifacts: number;
  rebuilt_at: Date | null;
  resumed_at: Date | null;
}

/** A loss as it is first written down. */
export interface Loss {
  readonly reason: string;
  readonly tip: string | undefined;
  /** Whether the whole history has to be read; otherwise what is missing in it was recorded with the loss. */
  readonly history: boolean;
  readonly at: Date;
  /** Nothing was forgotten: it is what another manager did. */
  readonly isOthers?: boolean;
}

/** Places of releases that are kept free for what is older than anything that is asked for while history is read. */
const placesForHistory = 1_000_000_000;

/** The one row of `recovery`, and `recovery_skipped`. */
export class RecoveryStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async read(): Promise<Recovery> {
    return present(await this.#db<RecoveryRow>('recovery').first());
  }

  /** Changes wait until the transaction ends; so does `readShared`. */
  async lock(): Promise<Recovery> {
    return present(await this.#db<RecoveryRow>('recovery').forUpdate().first());
  }

  /** What it says stays so until the transaction ends. Many may do this at once. */
  async readShared(): Promise<Recovery> {
    return present(await this.#db<RecoveryRow>('recovery').forShare().first());
  }

  /** False when somebody else moved it first. */
  async moveTip(from: string | undefined, to: string, at: Date): Promise<boolean> {
    const count = await this.#db('recovery')
      .whereRaw('known_tip is not distinct from ?', [from ?? null])
      .update({ known_tip: to, updated_at: at });
    return count === 1;
  }

  /** Begins a rebuild, or adds to the one that is under way. The row is locked. */
  async begin({ reason, tip, history, at }: Loss): Promise<void> {
    const before = await this.read();
    const anew = before.state === 'whole';
    await this.#update(at, {
      state: 'rebuilding',
      reason,
      found_at: at,
      ...(tip === undefined ? {} : { found_tip: tip }),
      history_done: history ? false : before.historyDone,
      store_done: false,
      store_at: null,
      rebuilt_at: null,
      resumed_at: null,
      ...(anew ? { services: 0, commits: null, commits_read: 0, releases: 0, artifacts: 0 } : {}),
    });
    if (history) await this.#keepPlaces();
  }

  async countServices(count: number, at: Date): Promise<void> {
    await this.#update(at, { services: this.#db.raw('services + ?', [count]) });
  }

  async countReleases(count: number, at: Date): Promise<void> {
    await this.#update(at, { releases: this.#db.raw('releases + ?', [count]) });
  }

  async countArtifacts(count: number, at: Date): Promise<void> {
    await this.#update(at, { artifacts: this.#db.raw('artifacts + ?', [count]) });
  }

  async historyRead(read: { readonly commits: number; readonly of: number }, at: Date): Promise<void> {
    const done = read.commits >= read.of;
    await this.#update(at, { commits: read.of, commits_read: read.commits, history_done: done });
  }

  async storeLookedAt(key: string, at: Date): Promise<void> {
    await this.#update(at, { store_at: key });
  }

  async storeRead(at: Date): Promise<void> {
    await this.#update(at, { store_done: true });
  }

  /** Everything was read again. */
  async rebuilt(at: Date): Promise<void> {
    await this.#update(at, { state: 'held', rebuilt_at: at });
  }

  async resumed(at: Date): Promise<void> {
    await this.#update(at, { state: 'whole', resumed_at: at });
  }

  async skip(object: SkippedObject, at: Date): Promise<void> {
    await this.#db('recovery_skipped')
      .insert({ ...object, skipped_at: at })
      .onConflict('key')
      .merge();
  }

  async skipped(limit: number): Promise<readonly SkippedObject[]> {
    return this.#db<SkippedObject>('recovery_skipped').orderBy('key').limit(limit).select('key', 'problem');
  }

  async skippedAmong(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#db<SkippedObject>('recovery_skipped')
      .whereIn('key', [...keys])
      .select('key');
    return new Set(rows.map(({ key }) => key));
  }

  async #update(at: Date, columns: Record<string, unknown>): Promise<void> {
    await this.#db('recovery').update({ ...columns, updated_at: at });
  }

  /** History is read while people go on: what they ask for must not seem older than what was there before. */
  async #keepPlaces(): Promise<void> {
    await this.#db.raw(
      `select setval(pg_get_serial_sequence('releases', 'seq'), greatest(?::bigint, 1 + coalesce(max(seq), 0)), false) from releases`,
      [placesForHistory],
    );
  }
}

/** The first place that is not kept for history. */
export const firstNewPlace = placesForHistory;

function present(row: RecoveryRow | undefined): Recovery {
  if (row === undefined)
    throw new AppError('bug', 'recovery.no-row', 'The table recovery has lost its row.', {
      next: 'insert it again: insert into recovery default values',
    });
  return {
    state: row.state,
    services: row.services,
    historyDone: row.history_done,
    commitsRead: row.commits_read,
    releases: row.releases,
    storeDone: row.store_done,
    artifacts: row.artifacts,
    ...(row.known_tip === null ? {} : { knownTip: row.known_tip }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.found_at === null ? {} : { foundAt: row.found_at }),
    ...(row.found_tip === null ? {} : { foundTip: row.found_tip }),
    ...(row.commits === null ? {} : { commits: row.commits }),
    ...(row.store_at === null ? {} : { storeAt: row.store_at }),
    ...(row.rebuilt_at === null ? {} : { rebuiltAt: row.rebuilt_at }),
    ...(row.resumed_at === null ? {} : { resumedAt: row.resumed_at }),
  };
}
