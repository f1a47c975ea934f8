import { parseTrailers } from '@release-manager/config-repo';
import type { Database } from '@release-manager/postgres';
import type { GitServer } from '@release-manager/testing';

export interface ReleaseRow {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  readonly artifact_id: string;
  readonly automatic: boolean;
  readonly state: string;
  readonly queue_seq: string | null;
  readonly commit_sha: string | null;
  readonly superseded_by: string | null;
  readonly decision: { readonly verdict: string } | null;
}

export interface ArtifactRow {
  readonly id: string;
  readonly service: string;
  readonly state: string;
  readonly zip_sha256: string;
}

export interface CommitSeen {
  readonly sha: string;
  readonly releaseId: string;
  readonly target: string;
}

/** What stands in the database and in git, read without the manager. */
export interface Truth {
  readonly releases: readonly ReleaseRow[];
  readonly artifacts: readonly ArtifactRow[];
  readonly openAttempts: number;
  /** How often the ledger says that a release was committed. */
  readonly committedEntries: ReadonlyMap<string, number>;
  /** Commits of releases, the first one first. */
  readonly commits: readonly CommitSeen[];
  /** `release.json` and `artifact.json` of each folder at the tip, by `<environment>/<service>`. */
  readonly folders: ReadonlyMap<string, { readonly releaseId: string; readonly artifactId: string }>;
}

export async function readTruth(database: Database, git: GitServer, repository: string): Promise<Truth> {
  const { db } = database;
  const releases: ReleaseRow[] = await db<ReleaseRow>('releases').select('*').orderBy('seq');
  const artifacts = await db<ArtifactRow>('artifacts').select('id', 'service', 'state', 'zip_sha256');
  const attempts = await db('push_attempts').where({ state: 'recorded' }).select('id');
  const entries = await db<{ kind: string; release_id: string }>('ledger')
    .where({ kind: 'release.committed' })
    .select('release_id');
  const committedEntries = new Map<string, number>();
  for (const { release_id: id } of entries) committedEntries.set(id, (committedEntries.get(id) ?? 0) + 1);
  return {
    releases,
    artifacts,
    openAttempts: attempts.length,
    committedEntries,
    commits: await readCommits(git, repository),
    folders: await readFolders(git, repository),
  };
}

async function readCommits(git: GitServer, repository: string): Promise<CommitSeen[]> {
  const log = await git.git(repository, 'log', '--reverse', '--format=%H%x00%B%x1e', 'main');
  return log.split('\u001e').flatMap((entry) => {
    const [sha = '', message = ''] = entry.trim().split('\0');
    const trailers = parseTrailers(message);
    if (trailers?.releaseId === undefined) return [];
    return [{ sha, releaseId: trailers.releaseId, target: `${trailers.environment}/${trailers.service}` }];
  });
}

async function readFolders(git: GitServer, repository: string): Promise<Truth['folders']> {
  const paths = (await git.git(repository, 'ls-tree', '-r', '--name-only', 'main')).split('\n');
  const folders = new Map<string, { releaseId: string; artifactId: string }>();
  for (const path of paths.filter((each) => each.endsWith('/release.json'))) {
    const [environment = '', , , service = ''] = path.split('/');
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await git.git(repository, 'show', `main:${path.replace('release.json', name)}`));
    const release = (await read('release.json')) as { releaseId: string };
    const artifact = (await read('artifact.json')) as { id: string };
    folders.set(`${environment}/${service}`, { releaseId: release.releaseId, artifactId: artifact.id });
  }
  return folders;
}
