import { findEnvironment, type ConfigSnapshot } from '@release-manager/config-repo';
import { AppError } from '@release-manager/domain';
import type { Mirror } from '@release-manager/git';
import { checkManifests, parseManifests } from '@release-manager/manifests';
import type { Database } from '@release-manager/postgres';

import type { Artifact, ArtifactFiles } from '../../artifacts/index.ts';
import type { Release } from '../release.ts';
import { committedReleases } from '../target-history.ts';
import { holdsReleasedFolder, readReleasedFolder, type ReleasedFolder } from './released-folder.ts';

export interface RestoreDeps {
  readonly database: Database;
  readonly repo: { readonly mirror: Pick<Mirror, 'tree' | 'tip' | 'commitsBetween'> };
}

/** An artifact as the history of the config repo keeps it: for the one environment to which it was committed. */
export interface Restored {
  readonly artifact: Artifact;
  readonly files: ArtifactFiles;
}

/** Of one artifact so many releases are looked for: any of them committed the same files. */
const mostTries = 3;
const mostOthers = 20;
const mostNamed = 3;

/**
 * What a rollback puts back when the artifact store does not have it: the files that were committed there before.
 * @param known what is recorded of the artifact, if anything is
 * @throws AppError not-found `plan.artifact-lost`, naming what could be put back instead; unavailable when the remote does not
 *   answer
 */
export async function restoreArtifact(
  deps: RestoreDeps,
  release: Release & { readonly artifactId: string },
  { known, snapshot }: { readonly known: Artifact | undefined; readonly snapshot: ConfigSnapshot },
): Promise<Restored> {
  const { service, environment, artifactId } = release;
  const past = await committedReleases(deps.database.db, { service, environment, artifactId }, mostTries);
  for (const each of past) {
    const folder = await readReleasedFolder(deps.repo.mirror, each);
    if (folder === undefined) continue;
    const files = new Map([[environment, folder.files]]);
    return { artifact: known ?? standIn(release, folder, snapshot), files };
  }
  throw await lost(deps, release);
}

/** All that a release has to know of an artifact that nobody remembers. Its manifests are judged again when it is planned. */
function standIn({ service, environment, requestedAt }: Release, folder: ReleasedFolder, snapshot: ConfigSnapshot) {
  const { spec, files, namespace } = folder;
  const allowKinds = findEnvironment(snapshot, environment)?.allowKinds ?? [];
  const scope = { environment, service, namespace, allowKinds, stamped: true };
  const { objects } = checkManifests(parseManifests(files), scope);
  return {
    id: spec.id,
    seq: 0,
    service,
    branch: spec.source.branch,
    sha: spec.source.sha,
    state: 'ready',
    spec,
    zipSha256: '',
    zipSize: 0,
    environments: {
      [environment]: { state: 'ready', files: files.length, namespace, problems: [], warnings: [], objects },
    },
    problems: [],
    proven: true,
    registeredBy: { kind: 'manager' },
    registeredAt: requestedAt,
  } as const satisfies Artifact;
}

async function lost({ database, repo }: RestoreDeps, release: Release & { readonly artifactId: string }) {
  const { service, environment, artifactId } = release;
  const others = await committedReleases(database.db, { service, environment }, mostOthers);
  const named = new Set<string>();
  for (const other of others) {
    const id = other.artifactId;
    if (id === undefined || id === artifactId || named.has(id) || named.size === mostNamed) continue;
    if (await holdsReleasedFolder(repo.mirror, other)) named.add(id);
  }
  return new AppError(
    'not-found',
    'plan.artifact-lost',
    `Neither the artifact store nor the history of the config repo holds ${artifactId} any more.`,
    {
      next:
        named.size === 0
          ? 'build it again in CI, and release what that brings'
          : `go back to another with --to, these can be put back: ${[...named].join(', ')}`,
    },
  );
}
