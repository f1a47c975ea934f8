// Which installed packages a service needs at run time.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A package as it lies in the checkout, and the links that lead to it. */
export interface NeededPackage {
  /** Its own folder: below `node_modules`, or a workspace. */
  readonly folder: string;
  /** Links in `node_modules` that stand for a workspace. */
  readonly links: readonly string[];
  readonly isWorkspace: boolean;
}

/**
 * Everything that the package in `start` imports when it runs, with what that imports in turn: `dependencies` of each, found by
 * Node's own rule (nearest `node_modules` upward). npm's `--omit=dev` keeps what any workspace of the checkout depends on.
 * Optional ones that are not for this machine are not installed, and not missed.
 * @throws Error when a dependency is not installed
 */
export function packageClosure(root: string, start: string): readonly NeededPackage[] {
  const found = new Map<string, Set<string>>();
  const waiting = [{ folder: realpathSync(start), link: undefined as string | undefined }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const links = found.get(next.folder);
    if (next.link !== undefined) links?.add(next.link);
    if (links !== undefined) continue;
    found.set(next.folder, new Set(next.link === undefined ? [] : [next.link]));
    waiting.push(...dependenciesOf(root, next.folder));
  }
  return [...found]
    .map(([folder, links]) => ({ folder, links: [...links], isWorkspace: !folder.includes('/node_modules/') }))
    .toSorted((a, b) => (a.folder < b.folder ? -1 : 1));
}

function dependenciesOf(root: string, folder: string) {
  const { dependencies = {}, optionalDependencies = {} } = readManifest(folder);
  return Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) => {
    const path = findPackage(root, folder, name);
    if (path === undefined) {
      if (name in optionalDependencies) return [];
      throw new Error(`${name}, which ${folder} needs, is not installed: run npm ci in ${root} first.`);
    }
    const real = realpathSync(path);
    return [{ folder: real, link: real === path ? undefined : path }];
  });
}

function findPackage(root: string, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(join(path, 'package.json'))) return path;
    if (folder === root || folder === dirname(folder)) return undefined;
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
