import { namespaceIn } from '@release-manager/contract';
import type { Db } from '@release-manager/postgres';

import { FolderStore, type OwnedFolder } from '../config-repo/index.ts';
import { ServiceRecords } from '../services/index.ts';
import { ReleaseStore } from './release-store.ts';
import type { NewRelease, Release } from './release.ts';
import { committedReleases } from './target-history.ts';

type Wanted = Pick<NewRelease, 'service' | 'environment' | 'artifactId' | 'retryOf'>;

/**
 * What is asked for is what the target will hold anyway: the last release in the queue decides, else the config repo. The
 * caller holds the lock of the target.
 */
export async function alreadyThere(
  db: Db,
  wanted: Wanted,
): Promise<{ release?: Release | undefined; message: string } | undefined> {
  const { service, environment, artifactId } = wanted;
  const store = new ReleaseStore(db);
  const queued = (await store.pending(service, environment)).filter(({ state }) => state === 'queued').at(-1);
  if (queued !== undefined) {
    if (queued.artifactId !== artifactId || queued.leavesNamespace !== undefined) return undefined;
    return { release: queued, message: `already on its way to ${environment} as ${queued.id}` };
  }
  const folders = await new FolderStore(db).find(service, environment);
  if (artifactId === undefined)
    return folders.length === 0 ? { message: `${service} is not in ${environment}: nothing to undeploy` } : undefined;
  const release = await holding(db, folders, wanted);
  // Who tries again what failed in the cluster knows that it lies there: the new release id is what makes Flux apply it again.
  if (wanted.retryOf !== undefined && release?.state === 'failed') return undefined;
  return release === undefined ? undefined : { release, message: `${artifactId} is in ${environment} already` };
}

/** The release that put the artifact into the config repo, if what lies there is what it put; whatever is queued. */
export async function holdsAlready(db: Db, wanted: Wanted): Promise<Release | undefined> {
  return holding(db, await new FolderStore(db).find(wanted.service, wanted.environment), wanted);
}

/**
 * The release that put the artifact there, if the one folder of the service lies in its own namespace and is as that release
 * left it: after a hand edit, or in the middle of a move, releasing the same artifact again is what mends it.
 */
async function holding(db: Db, folders: readonly OwnedFolder[], wanted: Wanted): Promise<Release | undefined> {
  const [folder, another] = folders;
  if (folder?.releaseId === undefined || another !== undefined || folder.artifactId !== wanted.artifactId)
    return undefined;
  const service = await new ServiceRecords(db).find(wanted.service);
  const bound = namespaceIn(service?.namespaces ?? {}, wanted.environment);
  if (bound !== undefined && bound !== folder.namespace) return undefined;
  const release = await new ReleaseStore(db).find(folder.releaseId);
  if (release === undefined || isEdited(folder, release)) return undefined;
  return (await isOvertaken(db, wanted, release)) ? undefined : release;
}

function isEdited(folder: OwnedFolder, { treeOid }: Release): boolean {
  return treeOid !== undefined && treeOid !== folder.treeOid;
}

/** So many are looked at to tell which was committed last: one that had to wait is older by its number. */
const mostRecent = 20;

/**
 * The record knows of a later commit than the folder. After a restart a push whose answer was lost is recorded as soon as the remote
 * has been asked, and the folders only once the new tip has been read: in between they show what that push replaced.
 */
async function isOvertaken(db: Db, { service, environment }: Wanted, release: Release): Promise<boolean> {
  const recent = await committedReleases(db, { service, environment }, mostRecent);
  const last = recent.find(({ leavesNamespace }) => leavesNamespace === undefined);
  return last !== undefined && release.commitSha !== undefined && last.id !== release.id;
}
