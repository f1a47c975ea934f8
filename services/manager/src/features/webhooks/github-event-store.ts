import { jsonb, type Db } from '@release-manager/postgres';

import { isGithubEvent, readGithubEvent, type GithubEvent } from './github-event.ts';

/** GitHub sends again what somebody asks it to for three days. */
const keptDays = 7;

/** Rows of `github_events`: what was told is stored before it is answered, since GitHub says nothing twice by itself. */
export class GithubEventStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** @returns false when the delivery came before */
  async take(delivery: string, { event, payload }: GithubEvent, at: Date): Promise<boolean> {
    const taken: unknown[] = await this.#db('github_events')
      .insert({ delivery, event, payload: jsonb(payload), received_at: at })
      .onConflict('delivery')
      .ignore()
      .returning('delivery');
    return taken.length > 0;
  }

  /** What is still to be done; held until the transaction ends. */
  async lockOpen(delivery: string): Promise<GithubEvent | undefined> {
    const row = await this.#db<{ delivery: string; event: string; payload: unknown }>('github_events')
      .where({ delivery })
      .whereNull('done_at')
      .forUpdate()
      .first();
    return row !== undefined && isGithubEvent(row.event) ? readGithubEvent(row.event, row.payload) : undefined;
  }

  async done(delivery: string, at: Date): Promise<void> {
    await this.#db('github_events').where({ delivery }).update({ done_at: at });
  }

  /** @returns how many were forgotten */
  async sweep(now: Date): Promise<number> {
    const before = new Date(now.getTime() - keptDays * 24 * 3600 * 1000);
    return this.#db('github_events').where('received_at', '<', before).delete();
  }
}
