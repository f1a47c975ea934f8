import { jsonb, type Db } from '@release-manager/postgres';

import type { ChangedFiles, KnownPullRequest } from './pull-request.ts';

interface PullRequestRow {
  readonly repository: string;
  readonly number: number;
  readonly address: string;
  readonly title: string;
  readonly author: string | null;
  readonly draft: boolean;
  readonly state: KnownPullRequest['state'];
  readonly head_sha: string;
  readonly head_branch: string;
  readonly head_repository: string | null;
  readonly base_branch: string;
  readonly merge_sha: string | null;
  readonly merged_at: Date | null;
  readonly updated_at: Date;
  readonly changed_files: ChangedFiles | null;
  readonly rules_hash: string | null;
  readonly builds: Readonly<Record<string, BuildLook>>;
}

/** A pull request with what was found out about it. */
export interface StoredPullRequest extends KnownPullRequest {
  /** As they were listed for some head and base, which may be older ones. */
  readonly changedFiles: ChangedFiles | undefined;
  /** By service: how far the artifacts of the base branch were asked for the merge. */
  readonly builds: Readonly<Record<string, BuildLook>>;
}

/** How far the artifacts of a service were asked whether they contain a merge. */
export interface BuildLook {
  /** Artifacts up to this place do not. */
  readonly looked: number;
  /** The place of the first one that does. */
  readonly built?: number | undefined;
}

/** What happens to a release so long after its merge is nobody's news on the pull request any more. */
const keptDays = 90;

export type PullRequestPlace = Pick<KnownPullRequest, 'repository' | 'number'>;

/** Rows of `pull_requests`. */
export class PullRequestStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * What GitHub told, unless it had told something newer before: deliveries come in any order, and more than once. The same
   * once more is no news, or each poll would have the last changed pull request of every repository planned again.
   * @returns whether it was news
   */
  async learn(pull: KnownPullRequest): Promise<boolean> {
    const { rows } = await this.#db.raw<{ rows: unknown[] }>(
      `insert into pull_requests as p
         (repository, number, address, title, author, draft, state, head_sha, head_branch, head_repository, base_branch,
          merge_sha, merged_at, updated_at)
       values (:repository, :number, :address, :title, :author, :draft, :state, :headSha, :headBranch, :headRepository,
          :baseBranch, :mergeSha, :mergedAt, :updatedAt)
       on conflict (repository, number) do update set
         address = excluded.address, title = excluded.title, author = excluded.author, draft = excluded.draft,
         state = excluded.state, head_sha = excluded.head_sha, head_branch = excluded.head_branch,
         head_repository = excluded.head_repository, base_branch = excluded.base_branch, merge_sha = excluded.merge_sha,
         merged_at = excluded.merged_at, updated_at = excluded.updated_at
       where p.updated_at <= excluded.updated_at and p.state <> 'merged'
         and (p.updated_at, p.title, p.draft, p.state, p.head_sha, p.head_branch, p.head_repository, p.base_branch)
           is distinct from (excluded.updated_at, excluded.title, excluded.draft, excluded.state, excluded.head_sha,
             excluded.head_branch, excluded.head_repository, excluded.base_branch)
       returning 1`,
      {
        ...pull,
        author: pull.author ?? null,
        headRepository: pull.headRepository ?? null,
        mergeSha: pull.mergeSha ?? null,
        mergedAt: pull.mergedAt ?? null,
      },
    );
    return rows.length > 0;
  }

  async find({ repository, number }: PullRequestPlace): Promise<StoredPullRequest | undefined> {
    const row = await this.#db<PullRequestRow>('pull_requests').where({ repository, number }).first();
    return row === undefined ? undefined : toStored(row);
  }

  /** Open ones that would be merged into the branch, the last changed first. */
  async openInto(repository: string, baseBranch: string, limit: number): Promise<readonly StoredPullRequest[]> {
    const rows = await this.#db<PullRequestRow>('pull_requests')
      .where({ repository, base_branch: baseBranch, state: 'open' })
      .orderBy('updated_at', 'desc')
      .limit(limit);
    return rows.map(toStored);
  }

  /** Open ones of which the commit is the head. */
  async openWithHead(sha: string): Promise<readonly StoredPullRequest[]> {
    const rows = await this.#db<PullRequestRow>('pull_requests').where({ head_sha: sha, state: 'open' });
    return rows.map(toStored);
  }

  /** Open ones of whose head the artifact was built. */
  async openWithArtifact(artifactId: string): Promise<readonly PullRequestPlace[]> {
    const { rows } = await this.#db.raw<{ rows: PullRequestPlace[] }>(
      `select p.repository, p.number from pull_requests p join artifacts a on a.sha = p.head_sha
       where a.id = ? and p.state = 'open' and p.head_branch = a.branch`,
      [artifactId],
    );
    return rows;
  }

  async setChangedFiles({ repository, number }: PullRequestPlace, files: ChangedFiles): Promise<void> {
    await this.#db('pull_requests')
      .where({ repository, number })
      .update({ changed_files: jsonb(files) });
  }

  async setRulesHash({ repository, number }: PullRequestPlace, hash: string): Promise<void> {
    await this.#db('pull_requests').where({ repository, number }).update({ rules_hash: hash });
  }

  async setBuild({ repository, number }: PullRequestPlace, service: string, look: BuildLook): Promise<void> {
    await this.#db('pull_requests')
      .where({ repository, number })
      .update({ builds: this.#db.raw('builds || ?::jsonb', [jsonb({ [service]: look })]) });
  }

  /** Forgets what was merged or closed long ago. @returns how many */
  async sweep(now: Date): Promise<number> {
    const before = new Date(now.getTime() - keptDays * 24 * 3600 * 1000);
    return this.#db('pull_requests').whereNot({ state: 'open' }).where('updated_at', '<', before).delete();
  }

  /** The rules by which each open one was planned, in the order of their keys, after the place `after`. */
  async openRules(
    limit: number,
    after: PullRequestPlace,
  ): Promise<readonly (PullRequestPlace & { readonly address: string; readonly rulesHash: string | undefined })[]> {
    const rows = await this.#db<PullRequestRow>('pull_requests')
      .where({ state: 'open' })
      .whereRaw('(repository, number) > (?, ?)', [after.repository, after.number])
      .orderBy(['repository', 'number'])
      .limit(limit)
      .select('repository', 'number', 'address', 'rules_hash');
    return rows.map(({ repository, number, address, rules_hash: hash }) => ({
      repository,
      number,
      address,
      rulesHash: hash ?? undefined,
    }));
  }
}

function toStored(row: PullRequestRow): StoredPullRequest {
  return {
    repository: row.repository,
    number: row.number,
    address: row.address,
    title: row.title,
    author: row.author ?? undefined,
    draft: row.draft,
    state: row.state,
    headSha: row.head_sha,
    headBranch: row.head_branch,
    headRepository: row.head_repository ?? undefined,
    baseBranch: row.base_branch,
    mergeSha: row.merge_sha ?? undefined,
    mergedAt: row.merged_at ?? undefined,
    updatedAt: row.updated_at,
    changedFiles: row.changed_files ?? undefined,
    builds: row.builds,
  };
}
