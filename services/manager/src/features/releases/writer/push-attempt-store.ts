import { newId } from '@release-manager/domain';
import { parseOid, type Oid } from '@release-manager/git';
import { jsonb, type Db } from '@release-manager/postgres';

export interface PlannedCommit {
  readonly releaseId: string;
  readonly commit: Oid;
}

/** A push that was recorded before it was sent. While it is `recorded` nobody knows whether it landed. */
export interface PushAttempt {
  readonly id: string;
  readonly base: Oid | undefined;
  readonly tip: Oid;
  readonly releaseIds: readonly string[];
}

interface AttemptRow {
  state: string;
  created_at: Date;
  id: string;
  base: string | null;
  tip: string;
}

/** Begins the note of an attempt that a newer one stands for. */
const takenOver = 'its releases are in ';

/** `push_attempts`: what makes a release be committed exactly once, whenever the process dies. */
export class PushAttemptStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * Records an attempt, if every release in it is still queued; locks them until the transaction ends.
   * @returns undefined when one of them was superseded or cancelled since it was planned: plan again.
   */
  async record(
    attempt: { readonly base: Oid | undefined; readonly tip: Oid; readonly commits: readonly PlannedCommit[] },
    at: Date,
  ): Promise<PushAttempt | undefined> {
    const releaseIds = attempt.commits.map(({ releaseId }) => releaseId);
    const queued = await this.#db('releases')
      .whereIn('id', releaseIds)
      .where({ state: 'queued' })
      // The order in which everybody locks releases.
      .orderBy('seq')
      .forUpdate()
      .select('id');
    if (queued.length !== releaseIds.length) return undefined;
    const id = newId('push', at);
    await this.#db('push_attempts').insert({
      id,
      base: attempt.base ?? null,
      tip: attempt.tip,
      state: 'recorded',
      created_at: at,
    });
    await this.#db.raw(
      `insert into push_attempt_releases (attempt_id, release_id, commit_sha)
       select ?, c."releaseId", c.commit from jsonb_to_recordset(?::jsonb) as c("releaseId" text, commit text)`,
      [id, jsonb(attempt.commits)],
    );
    await this.#foldInto(id, at);
    return { id, base: attempt.base, tip: attempt.tip, releaseIds };
  }

  /**
   * Closes older attempts on the same base whose releases are all in this one. They may still land; the branch then leaves
   * the base, and this attempt finds their `Release-Id`s as it finds its own. Without it a remote that never answers would
   * leave an open attempt for each try.
   */
  async #foldInto(id: string, at: Date): Promise<void> {
    await this.#db.raw(
      `update push_attempts old set state = 'lost', settled_at = ?, note = ? || new.id
       from push_attempts new
       where new.id = ? and old.id <> new.id and old.state = 'recorded' and old.base is not distinct from new.base
         and not exists (
           select 1 from push_attempt_releases theirs where theirs.attempt_id = old.id and not exists (
             select 1 from push_attempt_releases ours
             where ours.attempt_id = new.id and ours.release_id = theirs.release_id))`,
      [at, takenOver, id],
    );
  }

  /** Attempts whose fate is open: at most one per writer, more only after a writer died and another took over. */
  async open(): Promise<readonly PushAttempt[]> {
    const rows = await this.#db<AttemptRow>('push_attempts').where({ state: 'recorded' }).orderBy('created_at');
    const ids = rows.map(({ id }) => id);
    const releases = await this.#db<{ attempt_id: string; release_id: string }>('push_attempt_releases')
      .whereIn('attempt_id', ids)
      .select('attempt_id', 'release_id');
    return rows.map((row) => ({
      id: row.id,
      base: row.base === null ? undefined : parseOid(row.base),
      tip: parseOid(row.tip),
      releaseIds: releases.filter(({ attempt_id }) => attempt_id === row.id).map(({ release_id }) => release_id),
    }));
  }

  /**
   * Closes an attempt that certainly did not land; not one that took over older ones, because it stands for them, and they may.
   */
  async refused(id: string, at: Date, note: string): Promise<void> {
    await this.#db.raw(
      `update push_attempts refused set state = 'lost', settled_at = ?, note = ?
       where id = ? and state = 'recorded' and not exists (
         select 1 from push_attempts old where old.id <> refused.id and old.state = 'lost'
           and old.base is not distinct from refused.base and old.note like ?)`,
      [at, note, id, `${takenOver}%`],
    );
  }

  async settle(id: string, state: 'landed' | 'lost', at: Date, note?: string): Promise<void> {
    await this.#db('push_attempts')
      .where({ id, state: 'recorded' })
      .update({ state, settled_at: at, note: note ?? null });
  }
}
