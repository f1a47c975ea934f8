import { AppError } from '@release-manager/domain';

import type { PlannedEntry, PlannedFile, PlannedFolder } from './edit-plan.ts';
import { hashObject, type Oid } from './oid.ts';
import { fromRawName, GitTree, isFolderMode, type RawEntry, type RawName } from './tree-object.ts';
import { kindOf } from './tree-reader.ts';

/** Where a builder gets existing folders from, and where it puts what it makes. */
export interface TreeSink {
  tree(oid: Oid): Promise<GitTree>;
  putBlob(oid: Oid, content: Uint8Array): void;
  /** `previous` is the folder's earlier version, from which the new one differs little. */
  putTree(tree: GitTree, previous: GitTree | undefined): void;
}

type Entry = { readonly mode: string; readonly oid: Oid };

const folderMode = '40000';
const fileMode = '100644';

/**
 * The tree that a plan makes of an existing one. Only folders that the plan passes through are read and written; a folder
 * left without entries disappears, since git knows none.
 * @throws AppError conflict `git.path-in-the-way`
 */
export function buildTree(sink: TreeSink, base: GitTree, plan: PlannedFolder): Promise<GitTree> {
  return buildFolder(sink, plan, base, '');
}

async function buildFolder(sink: TreeSink, plan: PlannedFolder, before: GitTree, path: string): Promise<GitTree> {
  const base = plan.replace ? GitTree.empty : before;
  const changes = new Map<RawName, Entry | undefined>();
  for (const [name, planned] of plan.entries) {
    const existing = base.get(name);
    // A folder that is replaced is compared with what was there, so that equal files are not written again.
    const task = { planned, existing, earlier: before.get(name), path: childPath(path, name) };
    const entry = await buildEntry(sink, task);
    if (!isSame(entry, existing)) changes.set(name, entry);
  }
  if (changes.size === 0) return base;
  const tree = base.with(changes);
  if (tree.oid !== before.oid && tree.size > 0) sink.putTree(tree, before);
  return tree;
}

function isSame(a: Entry | undefined, b: Entry | undefined): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode;
}

function childPath(path: string, name: RawName): string {
  return path === '' ? fromRawName(name) : `${path}/${fromRawName(name)}`;
}

interface EntryTask {
  readonly planned: PlannedEntry;
  /** What stands there now, as far as it stays. */
  readonly existing: RawEntry | undefined;
  /** What stood there before the commit. */
  readonly earlier: RawEntry | undefined;
  readonly path: string;
}

async function buildEntry(sink: TreeSink, task: EntryTask): Promise<Entry | undefined> {
  const { planned } = task;
  switch (planned.kind) {
    case 'gone':
      return undefined;
    case 'file':
      return buildFile(sink, planned, task);
    case 'folder': {
      const before = await folderBefore(sink, planned, task);
      if (before === undefined) return task.existing;
      const tree = await buildFolder(sink, planned, before, task.path);
      return tree.size === 0 ? undefined : { mode: folderMode, oid: tree.oid };
    }
  }
}

function buildFile(sink: TreeSink, planned: PlannedFile, task: EntryTask): Entry {
  const stays = planned.replace ? undefined : task.existing;
  if (stays !== undefined && isFolderMode(stays.mode)) throw inTheWay(task.path, 'folder', 'a file');
  const oid = hashObject('blob', planned.content);
  if (task.earlier?.oid !== oid) sink.putBlob(oid, planned.content);
  return { mode: fileMode, oid };
}

/** The folder that a plan starts from; `undefined` when nothing is to be done because there is nothing to remove from. */
async function folderBefore(sink: TreeSink, planned: PlannedFolder, task: EntryTask): Promise<GitTree | undefined> {
  const found = planned.replace ? task.earlier : task.existing;
  if (found === undefined) return GitTree.empty;
  if (isFolderMode(found.mode)) return sink.tree(found.oid);
  // A file, symlink or submodule makes room for a folder that is replaced whole; nothing else may walk through it.
  if (planned.replace) return GitTree.empty;
  if (onlyRemoves(planned)) return undefined;
  throw inTheWay(task.path, kindOf(found.mode), 'a folder');
}

function onlyRemoves(planned: PlannedFolder): boolean {
  return [...planned.entries.values()].every(
    (entry) => entry.kind === 'gone' || (entry.kind === 'folder' && onlyRemoves(entry)),
  );
}

function inTheWay(path: string, what: string, wanted: string): AppError {
  return new AppError(
    'conflict',
    'git.path-in-the-way',
    `In the repository, ${JSON.stringify(path)} is a ${what}, where ${wanted} is needed.`,
    { next: 'Remove it from the repository in a commit of your own, then try again.', details: { path, what } },
  );
}
