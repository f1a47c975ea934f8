import { layout, parseReleaseJson } from '@release-manager/config-repo';
import { ArtifactSpec } from '@release-manager/contract';
import { AppError, type ArtifactFile } from '@release-manager/domain';
import { parseOid, type Mirror, type Oid, type TreeReader } from '@release-manager/git';

import type { Release } from '../release.ts';

/** What a release committed, as the history of the config repo keeps it; the manifests carry the stamp of then. */
export interface ReleasedFolder {
  readonly spec: ArtifactSpec;
  readonly namespace: string;
  /** Paths below the folder, without what the manager wrote beside the manifests. */
  readonly files: readonly ArtifactFile[];
}

/** A release whose commit is known. */
export type CommittedRelease = Pick<Release, 'id' | 'service' | 'environment' | 'artifactId' | 'commitSha' | 'treeOid'>;

type History = Pick<Mirror, 'tree' | 'tip' | 'commitsBetween'>;

/** Where the folder of a release lies in one commit. */
interface Place {
  readonly tree: TreeReader;
  readonly namespace: string;
  readonly root: string;
}

const ours = new Set(['artifact.json', 'release.json']);

/**
 * Reads what a release committed out of the history of the config repo, from where it is fetched if this clone lacks it.
 * @returns nothing when the history does not hold it, or not as it was committed
 * @throws AppError unavailable when the remote does not answer
 */
export async function readReleasedFolder(
  mirror: History,
  release: CommittedRelease,
): Promise<ReleasedFolder | undefined> {
  const place = await findPlace(mirror, release);
  return place && readPlace(place, release);
}

/** Whether the history holds the folder of a release, without reading its files. */
export async function holdsReleasedFolder(mirror: History, release: CommittedRelease): Promise<boolean> {
  const commit = release.commitSha;
  return commit !== undefined && (await placeAt(mirror.tree(parseOid(commit)), release)) !== undefined;
}

async function findPlace(mirror: History, release: CommittedRelease): Promise<Place | undefined> {
  const { commitSha } = release;
  if (commitSha !== undefined) {
    // The id of the commit vouches for everything in it.
    const place = await placeAt(mirror.tree(parseOid(commitSha)), release);
    if (place !== undefined) return place;
  }
  return placeInRewritten(mirror, release);
}

/**
 * Somebody rewrote the branch: the commit has another id now, and still names the release. What is found like this counts only
 * if its folder is as the release left it.
 */
async function placeInRewritten(mirror: History, release: CommittedRelease): Promise<Place | undefined> {
  const tip = mirror.tip();
  if (tip === undefined) return undefined;
  const trailer = `\nRelease-Id: ${release.id}\n`;
  const commits = await mirror.commitsBetween(undefined, tip);
  const named = commits.filter(({ message, oid }) => message.includes(trailer) && oid !== release.commitSha);
  for (const { oid } of named) {
    const place = await placeAt(mirror.tree(oid), release);
    if (place !== undefined && (await isAsCommitted(place, release))) return place;
  }
  return undefined;
}

async function isAsCommitted({ tree, root }: Place, { treeOid }: CommittedRelease): Promise<boolean> {
  return treeOid === undefined || (await tree.oid(root)) === (treeOid as Oid);
}

/** In which namespace the service lay then; in the middle of a move it had two folders, and one is of this release. */
async function placeAt(tree: TreeReader, release: CommittedRelease): Promise<Place | undefined> {
  const { environment, service, id } = release;
  return absentWhenMissing(async () => {
    const namespaces = (await tree.list(layout.releases(environment))) ?? [];
    for (const { name: namespace, kind } of namespaces) {
      const root = layout.release(environment, namespace, service);
      if (kind !== 'folder' || (await tree.list(root)) === undefined) continue;
      const json = await tree.read(`${root}/release.json`);
      if (json !== undefined && parseReleaseJson(json)?.releaseId === id) return { tree, namespace, root };
    }
    return undefined;
  });
}

async function readPlace({ tree, namespace, root }: Place, release: CommittedRelease) {
  return absentWhenMissing(async () => {
    const paths = (await tree.files(root)).map(({ path }) => path);
    const contents = await tree.readMany(paths);
    const files = [...contents].map(([path, content]) => ({ path: path.slice(root.length + 1), content }));
    const spec = specOf(files.find(({ path }) => path === 'artifact.json')?.content);
    // A symlink, or anything else that no release writes: then it is not what we committed.
    if (spec === undefined || spec.id !== release.artifactId || contents.size !== paths.length) return undefined;
    return { spec, namespace, files: files.filter(({ path }) => !ours.has(path)) };
  });
}

function specOf(content: Uint8Array | undefined): ArtifactSpec | undefined {
  try {
    return content === undefined
      ? undefined
      : ArtifactSpec.safeParse(JSON.parse(Buffer.from(content).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** What the remote does not have any more is gone; a remote that does not answer is another matter. */
async function absentWhenMissing<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.code === 'git.object-missing') return undefined;
    throw error;
  }
}
