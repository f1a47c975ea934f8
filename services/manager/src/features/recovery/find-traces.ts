import type { ConfigSnapshot } from '@release-manager/config-repo';
import type { Mirror, Oid } from '@release-manager/git';
import type { Db } from '@release-manager/postgres';
import type { ArtifactStore } from '@release-manager/storage';

import { rebuiltRelease } from './rebuilt-release.ts';
import { readReleaseFolders } from './release-folders.ts';

/** As many commits of people in a row, without a release of ours, and without a folder of ours, are no installation of ours. */
const commitsToLookAt = 200;

export interface TraceDeps {
  readonly mirror: Mirror;
  readonly store: ArtifactStore;
}

/**
 * Whether an empty database stands for the first start or for a loss: what an installation leaves behind is a folder with our
 * `release.json`, a release among the last commits, or an artifact in the store. Quick, however long the history is.
 * @returns what was found, in words
 */
export async function findTraces(
  { mirror, store }: TraceDeps,
  db: Db,
  { tip, snapshot }: { readonly tip: Oid; readonly snapshot: ConfigSnapshot },
): Promise<string | undefined> {
  const folders = await readReleaseFolders(mirror.tree(tip), snapshot, ['release.json']);
  const folder = folders.find(({ releaseId }) => releaseId !== undefined);
  if (folder !== undefined)
    return `the config repo holds ${folder.environment}/${folder.service} by ${folder.releaseId ?? ''}, and no release is recorded`;
  const release = (await mirror.log({ limit: commitsToLookAt, from: tip }))
    .map((commit) => rebuiltRelease(commit))
    .find((found) => found !== undefined);
  if (release !== undefined) return `${release.commit} carries the release ${release.id}, and no release is recorded`;
  if ((await db('artifacts').first('id')) !== undefined) return undefined;
  for await (const { key } of store.list('artifacts/'))
    return `the artifact store holds ${key}, and no artifact is recorded`;
  return undefined;
}
