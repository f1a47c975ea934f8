import { layout } from '@release-manager/config-repo';
import { isPermanent, type ArtifactFile } from '@release-manager/domain';
import type { TreeReader } from '@release-manager/git';
import { diffManifests, isManifestPath, renderDiff } from '@release-manager/manifests';
import type { Db } from '@release-manager/postgres';

import { ArtifactRecords, type Artifact, type ArtifactLoader } from '../artifacts/index.ts';
import type { ManifestChange } from './manifest-change.ts';
import { isFork, type KnownPullRequest } from './pull-request.ts';

export interface ManifestChangeDeps {
  readonly db: Db;
  readonly loader: ArtifactLoader;
  /** The config repo as it is now; absent before it was read. */
  readonly tree: TreeReader | undefined;
}

/** The artifact of the head that tells most: one that is ready, else the last one that was refused. */
export async function headArtifact(db: Db, service: string, pull: KnownPullRequest): Promise<Artifact | undefined> {
  if (isFork(pull)) return undefined;
  const built = await new ArtifactRecords(db).ofCommit(service, pull.headBranch, pull.headSha);
  return built.find(({ state }) => state === 'ready') ?? built.find(({ state }) => state === 'rejected');
}

/**
 * How the manifests that the head was built to differ from those that the config repo holds. Both sides are compared without the
 * manager's stamp, Secrets masked.
 */
export async function readManifestChange(
  { loader, tree }: Pick<ManifestChangeDeps, 'loader' | 'tree'>,
  artifact: Artifact | undefined,
  environment: string,
): Promise<ManifestChange> {
  if (artifact === undefined) return { kind: 'pending' };
  const { id: artifactId, service } = artifact;
  const why = whyRejected(artifact, environment);
  if (why !== undefined) return { kind: 'rejected', artifactId, why };
  const namespace = artifact.environments[environment]?.namespace;
  const after = namespace === undefined ? undefined : await loadGently(loader, artifact, environment);
  if (namespace === undefined || after === undefined) return { kind: 'absent', artifactId };
  const before = tree === undefined ? [] : await readFolder(tree, layout.release(environment, namespace, service));
  const diffs = diffManifests(before, after);
  return {
    kind: 'compared',
    artifactId,
    objects: diffs.length,
    added: diffs.reduce((sum, diff) => sum + diff.added, 0),
    removed: diffs.reduce((sum, diff) => sum + diff.removed, 0),
    text: renderDiff(diffs),
  };
}

/** The first problem of an artifact, or of its manifests for one environment, that was rejected. */
export function whyRejected({ state, environments, problems }: Artifact, environment: string): string | undefined {
  const content = environments[environment];
  if (state !== 'rejected' && content?.state !== 'rejected') return undefined;
  const [first] = state === 'rejected' ? problems : (content?.problems ?? []);
  return first === undefined ? 'see `release-cli artifact show`' : `${first.file}:${first.line} ${first.message}`;
}

/** What the store does not hold any more cannot be compared; what it cannot say now is asked again. */
async function loadGently(
  loader: ArtifactLoader,
  artifact: Artifact,
  environment: string,
): Promise<readonly ArtifactFile[] | undefined> {
  try {
    return (await loader.load(artifact)).get(environment);
  } catch (error) {
    if (isPermanent(error)) return undefined;
    throw error;
  }
}

async function readFolder(tree: TreeReader, folder: string): Promise<readonly ArtifactFile[]> {
  const files = (await tree.files(folder)).filter(({ path }) => isManifestPath(path));
  const contents = await tree.readMany(
    files.map(({ path }) => path),
    { onTooLarge: 'skip' },
  );
  return [...contents].map(([path, content]) => ({ path: path.slice(folder.length + 1), content }));
}
