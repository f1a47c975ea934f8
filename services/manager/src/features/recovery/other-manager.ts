import type { DoctorCheck } from '@release-manager/contract';
import type { GitIdentity } from '@release-manager/domain';
import type { CommitInfo } from '@release-manager/git';
import type { Database } from '@release-manager/postgres';

import type { RebuiltRelease } from './rebuilt-release.ts';
import { RecoveryStore } from './recovery-store.ts';

/** Somebody with another database who commits releases to our branch. */
export interface OtherManager {
  /** Releases that were found at once. */
  readonly releases: number;
  readonly releaseId: string;
  readonly commit: string;
  readonly committer: GitIdentity;
}

/**
 * Who made releases that nobody here knows. Only where this process and the database had agreed on the commit below them: what
 * came after that was not forgotten, it was never known. A database that was restored knows an older commit than its processes.
 */
export function otherManager(
  unknown: readonly RebuiltRelease[],
  commits: readonly CommitInfo[],
): OtherManager | undefined {
  const last = unknown.at(-1);
  const commit = commits.find(({ oid }) => oid === last?.commit);
  if (last === undefined || commit === undefined) return undefined;
  const { name, email } = commit.committer;
  return { releases: unknown.length, releaseId: last.id, commit: last.commit, committer: { name, email } };
}

/** What was found, for the log, the ledger and whoever asks why automation is held. */
export function otherManagerWords({ releases, releaseId, commit, committer }: OtherManager): string {
  const by = `${plain(committer.name)} <${plain(committer.email)}>`;
  return `another manager, with a database of its own, writes to this branch: ${releases} releases that were not asked for here, the last ${releaseId} in ${commit.slice(0, 10)} by ${by}`;
}

export const otherManagerNext =
  'stop the other manager, or give it another CONFIG_REPO_URL or CONFIG_REPO_BRANCH; then `release-cli resume --all`. More replicas of one manager share its DATABASE_URL';

const name = 'other managers';

/** For doctor: whether one was seen since automation was resumed last. */
export async function checkOtherManagers(database: Database): Promise<DoctorCheck> {
  const { state } = await new RecoveryStore(database.db).read();
  const found = state === 'whole' ? undefined : await lastFound(database);
  if (found === undefined) return { name, status: 'ok', message: 'none was seen writing to this branch' };
  return { name, status: 'failed', message: found, next: otherManagerNext };
}

/** By the index on (service, environment): the few entries that are about neither. */
async function lastFound({ db }: Database): Promise<string | undefined> {
  const entries = (kind: string) => db('ledger').whereNull('service').whereNull('environment').where({ kind });
  const row = await entries('recovery.began')
    .whereRaw('id > coalesce((?), 0)', [entries('recovery.resumed').max('id')])
    .whereRaw(`details ->> 'otherManager' is not null`)
    .orderBy('id', 'desc')
    .first<{ found: string } | undefined>(db.raw(`details ->> 'otherManager' as found`));
  return row?.found;
}

/** Commits hold what their authors wrote, and this is shown in terminals. */
function plain(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
    .trim()
    .slice(0, 200);
}
