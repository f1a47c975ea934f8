import type { Db } from '@release-manager/postgres';

/** A merged pull request and an environment that its merge goes to by itself. */
export interface PullInEnvironment {
  /** `owner/name`, lower case, as the record of pull requests has it. */
  readonly repository: string;
  readonly number: number;
  readonly environment: string;
}

/** Older merges keep what they have: nobody goes back that far. */
const mostPulls = 100;

/**
 * Merged pull requests that bring a service to an environment by themselves, the last merged first: those of which something may
 * have changed when another artifact lives there.
 */
export async function pullsBringing(
  db: Db,
  { service, environment }: { readonly service: string; readonly environment: string },
): Promise<readonly PullInEnvironment[]> {
  const rows: { repository: string; number: number }[] = await db('pull_request_targets as t')
    .join('pull_requests as p', (join) => {
      void join.on('p.repository', 't.repository').andOn('p.number', 't.number');
    })
    .where({ 't.service': service, 't.environment': environment, 'p.state': 'merged' })
    .orderBy('p.merged_at', 'desc')
    .limit(mostPulls)
    .select('t.repository', 't.number');
  return rows.map(({ repository, number }) => ({ repository, number, environment }));
}

/** What lives in an environment, and whether that holds the merge. */
export interface LivePull {
  /** Address of the repository. */
  readonly address: string;
  readonly isLive: boolean;
}

/**
 * Whether the merge runs in the environment: of each service that it brings there, the artifact that arrived last was built of the
 * base branch, and not before the first one that holds the merge. Undefined for a pull request that nobody knows.
 */
export async function readLivePull(db: Db, pull: PullInEnvironment): Promise<LivePull | undefined> {
  const { rows } = await db.raw<{ rows: { address: string; is_live: boolean }[] }>(
    `select p.address, bool_and(coalesce(
         p.state = 'merged' and a.branch = p.base_branch and a.seq >= (p.builds -> t.service ->> 'built')::bigint, false)) as is_live
     from pull_requests p
     join pull_request_targets t on t.repository = p.repository and t.number = p.number and t.environment = :environment
     left join lateral (
       select r.artifact_id from releases r
       where r.service = t.service and r.environment = t.environment and r.commit_sha is not null
         and (r.state = 'healthy' or (r.state = 'committed' and not r.watched))
       order by r.committed_at desc, coalesce(r.queue_seq, 0) desc, r.seq desc limit 1
     ) arrived on true
     left join artifacts a on a.id = arrived.artifact_id
     where p.repository = :repository and p.number = :number
     group by p.address`,
    { ...pull },
  );
  const [row] = rows;
  return row === undefined ? undefined : { address: row.address, isLive: row.is_live };
}
