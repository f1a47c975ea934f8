import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Oid } from './oid.ts';
import { fromRawName, isFolderMode, toRawName, type GitTree, type RawEntry } from './tree-object.ts';
import { pathSegments } from './tree-path.ts';
import type { ReadOptions, TreeEntry, TreeFile, TreeReader } from './types.ts';

/** What a reader needs to know: one root, and how to get trees and file contents by id. */
export interface TreeSource {
  root(): Promise<Oid | undefined>;
  tree(oid: Oid): Promise<GitTree>;
  /** Those that are too large throw, or are left out. */
  blobs(oids: readonly Oid[], options?: ReadOptions): Promise<Map<Oid, Buffer>>;
  sizes(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, number>>;
}

/** Some milliseconds. */
const pathsAtOnce = 500;

interface Found {
  readonly mode: string;
  readonly oid: Oid;
}

/** A TreeReader over any source: a commit of the mirror, or commits that are still in memory. */
export function createTreeReader(source: TreeSource): TreeReader {
  return {
    async list(path) {
      const found = await find(source, path);
      if (found === undefined || !isFolderMode(found.mode)) return undefined;
      return (await source.tree(found.oid)).entries().map((entry) => toTreeEntry(entry));
    },
    async oid(path) {
      return (await find(source, path))?.oid;
    },
    async read(path) {
      const found = await find(source, path);
      if (found === undefined || !isRegular(found.mode)) return undefined;
      return (await source.blobs([found.oid])).get(found.oid);
    },
    async readMany(paths, options) {
      const wanted = await findFiles(source, paths);
      return byPath(wanted, await source.blobs([...wanted.values()], options));
    },
    async sizes(paths) {
      const wanted = await findFiles(source, paths);
      return byPath(wanted, await source.sizes([...wanted.values()]));
    },
    async files(path) {
      const found = await find(source, path);
      if (found === undefined) return [];
      if (!isFolderMode(found.mode)) return [{ path, oid: found.oid, mode: found.mode }];
      const files: TreeFile[] = [];
      await collect(source, found.oid, path, files);
      return files;
    },
  };
}

async function find(source: TreeSource, path: string): Promise<Found | undefined> {
  const root = await source.root();
  if (root === undefined) return undefined;
  let current: Found = { mode: '40000', oid: root };
  for (const segment of pathSegments(path)) {
    if (!isFolderMode(current.mode)) return undefined;
    const entry = (await source.tree(current.oid)).get(toRawName(segment));
    if (entry === undefined) return undefined;
    current = entry;
  }
  return current;
}

async function findFiles(source: TreeSource, paths: readonly string[]): Promise<ReadonlyMap<string, Oid>> {
  const wanted = new Map<string, Oid>();
  for (const [index, path] of paths.entries()) {
    // Folders that are in memory never wait for anything, and a hundred thousand files would stop all other work.
    if (index % pathsAtOnce === pathsAtOnce - 1) await nextTurn();
    const found = await find(source, path);
    if (found !== undefined && isRegular(found.mode)) wanted.set(path, found.oid);
  }
  return wanted;
}

function byPath<T>(wanted: ReadonlyMap<string, Oid>, known: ReadonlyMap<Oid, T>): Map<string, T> {
  const found = new Map<string, T>();
  for (const [path, oid] of wanted) {
    const value = known.get(oid);
    if (value !== undefined) found.set(path, value);
  }
  return found;
}

async function collect(source: TreeSource, oid: Oid, path: string, files: TreeFile[]): Promise<void> {
  for (const entry of (await source.tree(oid)).entries()) {
    const name = fromRawName(entry.name);
    const full = path === '' ? name : `${path}/${name}`;
    if (isFolderMode(entry.mode)) await collect(source, entry.oid, full, files);
    else files.push({ path: full, oid: entry.oid, mode: entry.mode });
  }
}

function toTreeEntry(entry: RawEntry): TreeEntry {
  return { name: fromRawName(entry.name), kind: kindOf(entry.mode), mode: entry.mode, oid: entry.oid };
}

export function kindOf(mode: string): TreeEntry['kind'] {
  if (isFolderMode(mode)) return 'folder';
  if (mode === '120000') return 'symlink';
  return mode === '160000' ? 'submodule' : 'file';
}

function isRegular(mode: string): boolean {
  return kindOf(mode) === 'file';
}
