import { largestFile, parseConfig, type ConfigFile, type ConfigSnapshot } from '@release-manager/config-repo';
import { parseOid, type CommitInfo, type Mirror, type Oid, type TreeReader } from '@release-manager/git';

import { advanceAccess, type AccessState } from './access-state.ts';

/** The files that say who may do what. */
const rightsPath = 'release-manager.yaml';
const peoplePath = 'people.yaml';
const paths = [rightsPath, peoplePath];

/** A file that was broken for longer than this is mended sooner than it is searched for. */
const mostVersions = 20;

/** Of one line of commits this many are compared one by one; what lies further back is told together with the next change. */
const mostCommits = 2000;

/** A version of the files, and who brought it to the branch. */
export interface AccessVersion {
  readonly commit: CommitInfo;
  readonly snapshot: ConfigSnapshot;
}

/** Equal for equal files. */
export async function accessFiles(tree: TreeReader): Promise<string> {
  const ids = await Promise.all(paths.map((path) => tree.oid(path)));
  return ids.map((id) => id ?? '-').join(' ');
}

/** The two files of a commit alone: nothing else of its snapshot is to be used. */
async function readAccess(commit: Oid, tree: TreeReader): Promise<ConfigSnapshot> {
  const sizes = await tree.sizes(paths);
  const readable = [...sizes].filter(([, size]) => size <= largestFile).map(([path]) => path);
  const contents = await tree.readMany(readable, { onTooLarge: 'skip' });
  const files = [...sizes].map(([path, byteLength]): [string, ConfigFile] => [
    path,
    contents.get(path) ?? { byteLength },
  ]);
  return parseConfig(commit, new Map(files));
}

/**
 * The versions of the files after `from`, in the order in which the branch got them: of a merge, the merge itself. Where that
 * cannot be told, since history was rewritten or is too long, the last version alone.
 */
export async function accessVersions(mirror: Mirror, from: string, tip: Oid): Promise<readonly AccessVersion[]> {
  const commits = await mirror.commitsBetween(parseOid(from), tip);
  const line = firstParents(commits, tip);
  const root = line.at(-1)?.parents[0];
  const isWhole = root === from;
  const changes: CommitInfo[] = [];
  let after = await accessFiles(mirror.tree(tip));
  for (const commit of line) {
    const [parent] = commit.parents;
    const before = parent === undefined ? '' : await accessFiles(mirror.tree(parent));
    if (before !== after) changes.push(commit);
    // The last version is all that is told of a past that is not the one we know.
    if (before !== after && !isWhole) break;
    after = before;
  }
  const found = changes.length === 0 ? line.slice(0, 1) : changes.toReversed();
  return Promise.all(found.map((commit) => versionOf(mirror, commit, isWhole ? commit.oid : tip)));
}

/**
 * What counts at a commit of which nothing is known: where a file is broken there, by its last versions before. Only that costs
 * history.
 */
export async function firstAccess(mirror: Mirror, tip: Oid): Promise<AccessState> {
  const snapshot = await readAccess(tip, mirror.tree(tip));
  const { people, rights } = snapshot;
  const now = advanceAccess({}, snapshot);
  return {
    people: people.broken.length === 0 ? now.people : (await foldVersions(mirror, tip, peoplePath)).people,
    rights:
      rights === undefined || rights.broken.length === 0
        ? now.rights
        : (await foldVersions(mirror, tip, rightsPath)).rights,
  };
}

async function foldVersions(mirror: Mirror, tip: Oid, path: string): Promise<AccessState> {
  let state: AccessState = {};
  const commits = await mirror.log({ path, limit: mostVersions, from: tip });
  for (const { oid } of commits.toReversed()) state = advanceAccess(state, await readAccess(oid, mirror.tree(oid)));
  return state;
}

async function versionOf(mirror: Mirror, commit: CommitInfo, at: Oid): Promise<AccessVersion> {
  return { commit, snapshot: await readAccess(at, mirror.tree(at)) };
}

/** What the branch itself went through, newest first. */
function firstParents(commits: readonly CommitInfo[], tip: Oid): readonly CommitInfo[] {
  const byId = new Map(commits.map((commit) => [commit.oid, commit]));
  const line: CommitInfo[] = [];
  let next = byId.get(tip);
  while (next !== undefined && line.length < mostCommits) {
    line.push(next);
    const [parent] = next.parents;
    next = parent === undefined ? undefined : byId.get(parent);
  }
  return line;
}
