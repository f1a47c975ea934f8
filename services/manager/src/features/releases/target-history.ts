import { jsonb, type Db } from '@release-manager/postgres';

import { toRelease, type ReleaseRow } from './release-row.ts';
import type { Release } from './release.ts';

export interface HistoryTarget {
  readonly service: string;
  readonly environment: string;
  /** Only releases of this artifact. */
  readonly artifactId?: string;
}

/**
 * What was committed to a target, the last committed first. Releases of one push have one time, and their places in the queue
 * tell them apart; those that were rebuilt from the config repo have no place, and came before.
 */
export async function committedReleases(db: Db, target: HistoryTarget, limit: number): Promise<readonly Release[]> {
  const { service, environment, artifactId } = target;
  const rows = await db<ReleaseRow>('releases')
    .where({ service, environment, ...(artifactId === undefined ? {} : { artifact_id: artifactId }) })
    .whereNotNull('commit_sha')
    .orderBy('seq', 'desc')
    .limit(limit);
  return rows.map(toRelease).toSorted(lastFirst);
}

function lastFirst(a: Release, b: Release): number {
  const time = (release: Release): number => release.committedAt?.getTime() ?? 0;
  return time(b) - time(a) || (b.queueSeq ?? 0) - (a.queueSeq ?? 0) || b.seq - a.seq;
}

/** Which of these releases go back to what once was committed there, whatever became of it: their ids. */
export async function onceCommitted(db: Db, releases: readonly Release[]): Promise<ReadonlySet<string>> {
  const wanted = releases.filter(({ artifactId }) => artifactId !== undefined);
  if (wanted.length === 0) return new Set();
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select w.id from jsonb_to_recordset(?::jsonb) as w(id text, service text, environment text, "artifactId" text)
     where exists (
       select 1 from releases r where r.artifact_id = w."artifactId" and r.commit_sha is not null
         and (r.service, r.environment) = (w.service, w.environment))`,
    [jsonb(wanted.map(({ id, service, environment, artifactId }) => ({ id, service, environment, artifactId })))],
  );
  return new Set(rows.map(({ id }) => id));
}

/**
 * Says of releases whose place a committed rollback took that they were rolled back.
 * @param rollbacks only those whose place these took; all of them after history was rebuilt
 */
export async function markRolledBack(tx: Db, rollbacks?: readonly Release[]): Promise<void> {
  const targets = rollbacks?.map(({ service, environment }) => ({ service, environment }));
  if (targets?.length === 0) return;
  // Of some targets a walk along an index each; one condition for some and for all would read every release there is.
  const concerned =
    targets === undefined
      ? 'releases'
      : `(select own.* from (select distinct service, environment from jsonb_to_recordset(?::jsonb) as t(service text, environment text)) t,
           lateral (select * from releases r where r.service = t.service and r.environment = t.environment offset 0) own) releases`;
  await tx.raw(
    `with placed as (
       select id, rolled_back_by, lead(id) over target as next, lead(intent) over target as next_intent
       from ${concerned}
       where commit_sha is not null
       window target as (partition by service, environment order by committed_at, coalesce(queue_seq, 0), seq)
     )
     update releases r set rolled_back_by = placed.next from placed
     where r.id = placed.id and placed.next_intent = 'rollback' and placed.rolled_back_by is distinct from placed.next`,
    targets === undefined ? [] : [jsonb(targets)],
  );
}
