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

/** Read by one process: two for each folder would take longer than everything that is tested. */
async function readFolders(git: GitServer, repository: string): Promise<Truth['folders']> {
  const files = [':(glob)*/releases/*/*/release.json', ':(glob)*/releases/*/*/artifact.json'];
  const lines = (await git.git(repository, 'grep', '--no-color', '-z', '-e', '', 'main', '--', ...files)).split('\n');
  const texts = new Map<string, string>();
  for (const line of lines.filter((each) => each !== '')) {
    const [path = '', text = ''] = line.slice('main:'.length).split('\0');
    texts.set(path, `${texts.get(path) ?? ''}${text}\n`);
  }
  const read = (path: string): unknown => JSON.parse(texts.get(path) ?? 'null');
  const folders = new Map<string, { releaseId: string; artifactId: string }>();
  for (const path of [...texts.keys()].filter((each) => each.endsWith('/release.json'))) {
    const [environment = '', , , service = ''] = path.split('/');
    const release = read(path) as { releaseId: string };
    const artifact = read(path.replace('release.json', 'artifact.json')) as { id: string };
    folders.set(`${environment}/${service}`, { releaseId: release.releaseId, artifactId: artifact.id });
  }
  return folders;
}
