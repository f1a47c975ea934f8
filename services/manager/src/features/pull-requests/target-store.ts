import type { Db } from '@release-manager/postgres';

import type { PullRequestPlace } from './pull-request-store.ts';

/** Where the merge of a pull request goes by itself, and how far it came. */
export interface StoredTarget {
  readonly service: string;
  readonly environment: string;
  readonly policy: string;
  /** The release that was last seen to bring it there. */
  readonly releaseId: string | undefined;
  /** It has arrived: only what happens to that release still matters. */
  readonly settled: boolean;
}

interface TargetRow {
  readonly repository: string;
  readonly number: number;
  readonly place: number;
  readonly service: string;
  readonly environment: string;
  readonly policy: string;
  readonly release_id: string | null;
  readonly settled: boolean;
}

/** Rows of `pull_request_targets`: by them an entry of the record finds the comments that it changes. */
export class TargetStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** In the order in which they were planned. */
  async of({ repository, number }: PullRequestPlace): Promise<readonly StoredTarget[]> {
    const rows = await this.#db<TargetRow>('pull_request_targets').where({ repository, number }).orderBy('place');
    return rows.map((row) => ({
      service: row.service,
      environment: row.environment,
      policy: row.policy,
      releaseId: row.release_id ?? undefined,
      settled: row.settled,
    }));
  }

  /** As the newest plan has them; belongs into a transaction. */
  async replace(
    { repository, number }: PullRequestPlace,
    targets: readonly Pick<StoredTarget, 'service' | 'environment' | 'policy'>[],
  ): Promise<void> {
    await this.#db('pull_request_targets').where({ repository, number }).delete();
    if (targets.length === 0) return;
    await this.#db('pull_request_targets').insert(
      targets.map(({ service, environment, policy }, place) => ({
        repository,
        number,
        service,
        environment,
        policy,
        place,
      })),
    );
  }

  async arrive(
    { repository, number }: PullRequestPlace,
    { service, environment, releaseId, settled }: Omit<StoredTarget, 'policy'>,
  ): Promise<void> {
    await this.#db('pull_request_targets')
      .where({ repository, number, service, environment })
      .update({ release_id: releaseId ?? null, settled });
  }

  /**
   * Pull requests whose comment may say something else since these happened: open ones that would release one of the services,
   * merged ones on their way with it, and those whose release is among these, or was taken back by one of them.
   */
  async concerned(changed: {
    readonly services: readonly string[];
    readonly releases: readonly string[];
    /** Of whom only merged ones are told: what runs now is no news to those that are still open. */
    readonly mergedOnly: boolean;
  }): Promise<readonly PullRequestPlace[]> {
    const releases = [...changed.releases, ...(await this.#takenBackBy(changed.releases))];
    const { rows } = await this.#db.raw<{ rows: PullRequestPlace[] }>(
      `select distinct t.repository, t.number from pull_request_targets t
       join pull_requests p on (p.repository, p.number) = (t.repository, t.number)
       where (p.state = 'merged' or (p.state = 'open' and not ?::boolean))
         and ((t.service = any(?::text[]) and not t.settled) or t.release_id = any(?::text[]))
       order by 1, 2`,
      [changed.mergedOnly, [...changed.services], releases],
    );
    return rows;
  }

  /** Merged ones of which something rolls out at this moment: the record says nothing of each pod. */
  async rollingOut(): Promise<readonly PullRequestPlace[]> {
    const { rows } = await this.#db.raw<{ rows: PullRequestPlace[] }>(
      `select distinct t.repository, t.number from pull_request_targets t join releases r on r.id = t.release_id
       where not t.settled and r.state = 'rolling-out' order by 1, 2`,
    );
    return rows;
  }

  async #takenBackBy(releases: readonly string[]): Promise<readonly string[]> {
    if (releases.length === 0) return [];
    // By their ids first: rollbacks are few, and whose place they took is found by walking along a target.
    const { rows } = await this.#db.raw<{ rows: { id: string }[] }>(
      `with rollbacks as materialized (
         select id, service, environment from releases where id = any(?::text[]) and intent = 'rollback')
       select r.id from rollbacks b
       join releases r on r.service = b.service and r.environment = b.environment and r.rolled_back_by = b.id`,
      [[...releases]],
    );
    return rows.map(({ id }) => id);
  }
}
