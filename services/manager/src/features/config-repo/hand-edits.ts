import { layout } from '@release-manager/config-repo';
import type { CommitInfo, Mirror, Oid } from '@release-manager/git';

import type { OwnedFolder } from './folder-store.ts';

/** A commit that is not ours and changed a folder that is. */
export interface HandEdit {
  readonly folder: OwnedFolder;
  /** From the root of the repository. */
  readonly path: string;
  readonly commit: CommitInfo;
}

export interface HandEditSearch {
  readonly mirror: Mirror;
  /** The tip that was indexed before. */
  readonly previous: Oid;
  readonly tip: Oid;
  /** Those that are other than they were. */
  readonly folders: readonly OwnedFolder[];
  /** Which of these commits the manager made. */
  readonly ours: (commits: readonly CommitInfo[]) => Promise<ReadonlySet<Oid>>;
}

/** Commits that are compared one by one; who pushes more at once is named by the newest of each folder. */
const mostCommits = 200;
/** Folders for which git itself is asked, a process each. */
const mostAsked = 50;

/**
 * Who changed the folders of services since the last look: each commit that changed one, in the order of their making. Where
 * that cannot be read off (a merge, rewritten history) it is the last commit that touched the folder.
 */
export async function findHandEdits(search: HandEditSearch): Promise<readonly HandEdit[]> {
  if (search.folders.length === 0) return [];
  const { mirror, previous, tip } = search;
  const isRewritten = !(await mirror.isAncestor(previous, tip));
  if (isRewritten) return lastTouches(search, search.folders);
  const since = await mirror.commitsBetween(previous, tip);
  const own = await search.ours(since);
  const foreign = since.filter(({ oid }) => !own.has(oid));
  const lines = foreign.filter(({ parents }) => parents.length < 2).slice(0, mostCommits);
  const found: HandEdit[] = [];
  for (const commit of lines.toReversed()) found.push(...(await editsOf(mirror, commit, search.folders)));
  if (lines.length === foreign.length) return found;
  const named = new Set(found.map(({ path }) => path));
  const rest = search.folders.filter((folder) => !named.has(pathOf(folder)));
  return [...found, ...(await lastTouches(search, rest))];
}

async function editsOf(mirror: Mirror, commit: CommitInfo, folders: readonly OwnedFolder[]): Promise<HandEdit[]> {
  const after = mirror.tree(commit.oid);
  const [parent] = commit.parents;
  const before = parent === undefined ? undefined : mirror.tree(parent);
  const edits: HandEdit[] = [];
  for (const folder of folders) {
    const path = pathOf(folder);
    if ((await after.oid(path)) !== (await before?.oid(path))) edits.push({ folder, path, commit });
  }
  return edits;
}

async function lastTouches(search: HandEditSearch, folders: readonly OwnedFolder[]): Promise<HandEdit[]> {
  const touches: HandEdit[] = [];
  for (const folder of folders.slice(0, mostAsked)) {
    const path = pathOf(folder);
    const [commit] = await search.mirror.log({ path, limit: 1, from: search.tip });
    if (commit !== undefined) touches.push({ folder, path, commit });
  }
  const own = await search.ours(touches.map(({ commit }) => commit));
  return touches.filter(({ commit }) => !own.has(commit.oid));
}

function pathOf({ environment, namespace, service }: OwnedFolder): string {
  return layout.release(environment, namespace, service);
}
