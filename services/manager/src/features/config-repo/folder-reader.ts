import { setImmediate as nextTurn } from 'node:timers/promises';

import { largestFile, layout, parseReleaseFolder, parseReleaseJson } from '@release-manager/config-repo';
import { isDnsLabel } from '@release-manager/domain';
import { isTreePath, type TreeReader } from '@release-manager/git';
import { isManifestPath, listObjects, manifestLimits } from '@release-manager/manifests';

import type { FolderChange, OwnedFolder } from './folder-store.ts';

/** A folder with the objects that its manifests declare. */
export interface ReadFolder extends FolderChange {
  /** Why it could not be read whole. */
  readonly problem?: FolderFault | undefined;
}

export interface FolderFault {
  readonly file: string;
  readonly message: string;
}

/** Files that are held in memory at once, in bytes. */
const portionBytes = 32 * 1024 * 1024;
/** Folders whose files are listed without letting other work run in between. */
const foldersAtOnce = 50;
/** Ids of ours; anybody can write anything into a `release.json`. */
const idForm = /^[A-Za-z0-9_.-]{1,200}$/;

/** The folders in which services of these environments could lie. Others belong to nobody, whatever they are called. */
export async function listFolders(tree: TreeReader, environments: Iterable<string>): Promise<OwnedFolder[]> {
  const found: OwnedFolder[] = [];
  for (const environment of environments) {
    for (const namespace of await foldersIn(tree, layout.releases(environment))) {
      if (!isDnsLabel(namespace.name)) continue;
      const services = await foldersIn(tree, `${layout.releases(environment)}/${namespace.name}`);
      for (const { name, oid } of services)
        found.push(...placeOf(layout.release(environment, namespace.name, name), oid));
    }
  }
  return found;
}

function placeOf(path: string, treeOid: string): OwnedFolder[] {
  const place = parseReleaseFolder(path);
  return place === undefined ? [] : [{ ...place, treeOid }];
}

async function foldersIn(tree: TreeReader, path: string) {
  return ((await tree.list(path)) ?? []).filter((entry) => entry.kind === 'folder');
}

/**
 * What the folders hold, however it came to be: a hand-made one without our files is owned all the same. No content makes it
 * fail; what cannot be read leaves its folder with a problem, and the others as they are. The mirror gets what it lacks by one
 * request, and the memory that is needed does not grow with the number of folders. Other work of the process goes on meanwhile.
 * @throws the reason of the signal, soon after it was aborted
 */
export async function readFolders(
  tree: TreeReader,
  folders: readonly OwnedFolder[],
  signal?: AbortSignal,
): Promise<ReadFolder[]> {
  const breathe = async (): Promise<void> => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  const outlines = await outlineFolders(tree, folders, breathe);
  const read: ReadFolder[] = [];
  for (const portion of portionsOf(outlines)) {
    const paths = portion.flatMap(({ files }) => files);
    const contents = await tree.readMany(paths, { onTooLarge: 'skip' });
    for (const outline of portion) read.push(await readFolder(outline, contents, breathe));
  }
  return read;
}

/** What of a folder is worth reading, by names and sizes. */
interface Outline {
  readonly folder: OwnedFolder;
  readonly root: string;
  /** From the root of the repository. */
  readonly files: readonly string[];
  readonly bytes: number;
  readonly fault?: FolderFault | undefined;
}

async function outlineFolders(
  tree: TreeReader,
  folders: readonly OwnedFolder[],
  breathe: () => Promise<void>,
): Promise<Outline[]> {
  const listed: { folder: OwnedFolder; root: string; paths: string[] }[] = [];
  for (const [index, folder] of folders.entries()) {
    if (index % foldersAtOnce === 0) await breathe();
    const root = layout.release(folder.environment, folder.namespace, folder.service);
    const all = (await tree.files(root)).map(({ path }) => path);
    listed.push({ folder, root, paths: all.filter((path) => isManifestPath(path) || path === `${root}/release.json`) });
  }
  await breathe();
  const sizes = await tree.sizes(listed.flatMap(({ paths }) => paths.filter(isTreePath)));
  return listed.map(({ folder, root, paths }) => ({ folder, root, ...choose(root, paths, sizes) }));
}

function choose(
  root: string,
  paths: readonly string[],
  sizes: ReadonlyMap<string, number>,
): Omit<Outline, 'folder' | 'root'> {
  const sized = paths.flatMap((path) => {
    const size = sizes.get(path);
    return size === undefined ? [] : [{ path, size }];
  });
  const json = sized.filter(({ path, size }) => path === `${root}/release.json` && size <= largestFile);
  const manifests = sized.filter(({ path }) => isManifestPath(path));
  const fitting = manifests.filter(({ size }) => size <= manifestLimits.fileBytes);
  const bytes = fitting.reduce((sum, { size }) => sum + size, 0);
  const files = json.map(({ path }) => path);
  if (manifests.length > manifestLimits.files || bytes > manifestLimits.totalBytes) {
    const message = `It holds ${manifests.length} manifests with ${bytes} bytes; at most ${manifestLimits.files} with ${manifestLimits.totalBytes} are read.`;
    return { files, bytes: 0, fault: { file: '', message } };
  }
  const large = manifests.find(({ size }) => size > manifestLimits.fileBytes);
  const odd = paths.find((path) => !isTreePath(path));
  const fault =
    large === undefined
      ? odd && { file: odd.slice(root.length + 1), message: 'Its name is none that can be read.' }
      : { file: large.path.slice(root.length + 1), message: `It has ${large.size} bytes.` };
  return { files: [...files, ...fitting.map(({ path }) => path)], bytes, ...(fault && { fault }) };
}

function portionsOf(outlines: readonly Outline[]): Outline[][] {
  const portions: Outline[][] = [];
  let bytes = Infinity;
  for (const outline of outlines) {
    bytes += outline.bytes;
    if (bytes > portionBytes) {
      portions.push([]);
      bytes = outline.bytes;
    }
    portions.at(-1)?.push(outline);
  }
  return portions;
}

async function readFolder(
  outline: Outline,
  contents: ReadonlyMap<string, Buffer>,
  breathe: () => Promise<void>,
): Promise<ReadFolder> {
  const { folder, root, fault } = outline;
  const files = outline.files.flatMap((path) => {
    const content = contents.get(path);
    return content === undefined ? [] : [{ path: path.slice(root.length + 1), content }];
  });
  const listed = await listObjects(files, { namespace: folder.namespace, breathe });
  const problem = fault ?? listed.problem;
  const json = files.find(({ path }) => path === 'release.json')?.content;
  const release = json === undefined ? undefined : parseReleaseJson(json);
  return {
    folder: { ...folder, releaseId: idOf(release?.releaseId), artifactId: idOf(release?.artifactId) },
    objects: listed.objects,
    isPartial: problem !== undefined,
    problem,
  };
}

function idOf(text: string | undefined): string | undefined {
  return text !== undefined && idForm.test(text) ? text : undefined;
}
