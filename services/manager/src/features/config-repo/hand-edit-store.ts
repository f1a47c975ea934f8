import { parseTrailers } from '@release-manager/config-repo';
import type { CommitInfo, Oid } from '@release-manager/git';
import { isOid } from '@release-manager/git';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import type { HandEdit } from './hand-edits.ts';

const ledgerKind = 'config-repo.hand-edit';

interface EditRow {
  readonly id: number;
  readonly kind: string;
  readonly service: string;
  readonly environment: string;
  readonly cause: string;
}

/** What is remembered of other people's commits in the folders of services, and up to which tip. */
export class HandEditStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The tip that was indexed last; nothing before the first time. */
  async indexedTip(branch: string): Promise<Oid | undefined> {
    const row = await this.#db<{ branch: string; commit_sha: string }>('config_repo_tip')
      .where({ branch })
      .first('commit_sha');
    return row !== undefined && isOid(row.commit_sha) ? row.commit_sha : undefined;
  }

  /** @returns whether it was us who moved it on from `previous`, and not another process. */
  async moveTip(branch: string, previous: Oid | undefined, tip: Oid, at: Date): Promise<boolean> {
    const row = { branch, commit_sha: tip, read_at: at };
    const moved =
      previous === undefined
        ? await this.#db('config_repo_tip').insert(row).onConflict('branch').ignore().returning('branch')
        : await this.#db('config_repo_tip').where({ branch, commit_sha: previous }).update(row).returning('branch');
    return moved.length > 0;
  }

  /**
   * Which of the commits are releases of ours. A `Release-Id` alone proves nothing, since anybody can write one: the commit
   * itself has to be one that we recorded, before its push or after it.
   */
  async ours(commits: readonly CommitInfo[]): Promise<ReadonlySet<Oid>> {
    const byRelease = new Map(commits.flatMap(({ oid, message }) => releaseOf(message, oid)));
    if (byRelease.size === 0) return new Set();
    const ids = [...byRelease.keys()];
    const recorded = await this.#db<{ release_id: string; commit_sha: string }>('push_attempt_releases')
      .whereIn('release_id', ids)
      .select('commit_sha');
    const committed = await this.#db<{ id: string; commit_sha: string | null }>('releases')
      .whereIn('id', ids)
      .select('commit_sha');
    const known = new Set([...recorded, ...committed].map((row) => row.commit_sha));
    return new Set(commits.map(({ oid }) => oid).filter((oid) => known.has(oid)));
  }

  async record(edits: readonly HandEdit[], at: Date): Promise<void> {
    for (const { folder, path, commit } of edits) {
      const { environment, service } = folder;
      const author = plain(commit.author.name);
      await appendLedger(this.#db, {
        kind: ledgerKind,
        actor: { kind: 'manager' },
        service,
        environment,
        cause: `${author} changed ${path} by hand in ${commit.oid.slice(0, 10)}; the next release replaces the folder`,
        details: {
          commit: commit.oid,
          author: { name: author, email: plain(commit.author.email) },
          subject: plain(commit.message.split('\n')[0] ?? ''),
          path,
        },
        at,
      });
    }
  }

  /** What people changed in the folder since the last release of the service there, in words; the newest first. */
  async pending(service: string, environment: string): Promise<readonly string[]> {
    const last = this.#db('ledger').where({ service, environment, kind: 'release.committed' }).max('id');
    const rows = await this.#db<EditRow>('ledger')
      .where({ service, environment, kind: ledgerKind })
      .whereRaw('id > coalesce((?), 0)', [last])
      .orderBy('id', 'desc')
      .limit(20)
      .select('cause');
    return rows.map(({ cause }) => cause);
  }
}

function releaseOf(message: string, oid: Oid): [releaseId: string, commit: Oid][] {
  const releaseId = parseTrailers(message)?.releaseId;
  return releaseId === undefined ? [] : [[releaseId, oid]];
}

/** Commits hold what their authors wrote: it is shown in terminals. */
function plain(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
    .trim()
    .slice(0, 200);
}
