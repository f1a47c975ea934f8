import type { Db } from '@release-manager/postgres';

import { FolderStore } from '../config-repo/index.ts';
import { ReleaseStore } from './release-store.ts';
import type { NewRelease, Release } from './release.ts';

/**
 * What is asked for is what the target will hold anyway: the last release in the queue decides, else the config repo. The
 * caller holds the lock of the target.
 */
export async function alreadyThere(
  db: Db,
  wanted: Pick<NewRelease, 'service' | 'environment' | 'artifactId'>,
): Promise<{ release?: Release | undefined; message: string } | undefined> {
  const store = new ReleaseStore(db);
  const queued = (await store.pending(wanted.service, wanted.environment))
    .filter(({ state }) => state === 'queued')
    .at(-1);
  if (queued !== undefined) {
    if (queued.artifactId !== wanted.artifactId) return undefined;
    return { release: queued, message: `already on its way to ${wanted.environment} as ${queued.id}` };
  }
  const [folder] = await new FolderStore(db).find(wanted.service, wanted.environment);
  if (folder?.artifactId !== wanted.artifactId) return undefined;
  if (folder !== undefined && wanted.artifactId === undefined) return undefined;
  const release = folder?.releaseId === undefined ? undefined : await store.find(folder.releaseId);
  const message =
    wanted.artifactId === undefined
      ? `${wanted.service} is not in ${wanted.environment}: nothing to undeploy`
      : `${wanted.artifactId} is in ${wanted.environment} already`;
  return { release, message };
}
