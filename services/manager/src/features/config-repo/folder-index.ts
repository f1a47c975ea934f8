import { layout, parseReleaseJson, type ConfigSnapshot } from '@release-manager/config-repo';
import type { Mirror, Oid, TreeReader } from '@release-manager/git';
import { checkManifests, parseManifests } from '@release-manager/manifests';
import type { Database } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

import { FolderStore, type OwnedFolder, type OwnedObject } from './folder-store.ts';
import { HandEditStore } from './hand-edit-store.ts';
import { findHandEdits } from './hand-edits.ts';

/** A folder with the objects that its manifests declare. */
export interface IndexedFolder {
  readonly folder: OwnedFolder;
  readonly objects: readonly OwnedObject[];
}

export interface FolderIndex {
  /**
   * Makes the index say what this commit holds. Folders whose tree is the one that was indexed cost one comparison; only
   * changed ones are read. Commits of others in them are recorded once, in the ledger, before anything replaces what they did.
   * @returns the folders that had changed since, which is to say: by somebody else.
   */
  sync(commit: Oid, tree: TreeReader, snapshot: ConfigSnapshot): Promise<readonly OwnedFolder[]>;
}

export interface FolderIndexOptions {
  readonly database: Database;
  readonly mirror: Mirror;
  readonly branch: string;
  readonly logger: Logger;
  readonly now: () => Date;
}

export function createFolderIndex({ database, mirror, branch, logger, now }: FolderIndexOptions): FolderIndex {
  let synced: Oid | undefined;
  return {
    async sync(commit, tree, snapshot) {
      if (commit === synced) return [];
      const known = new Map((await new FolderStore(database.db).all()).map((folder) => [folderKey(folder), folder]));
      const there = await foldersOf(tree, snapshot);
      const changed = there.filter((folder) => known.get(folderKey(folder))?.treeOid !== folder.treeOid);
      const names = new Set(there.map(folderKey));
      const gone = [...known.values()].filter((folder) => !names.has(folderKey(folder)));
      const read = await readFolders(tree, changed);
      const memory = new HandEditStore(database.db);
      const previous = await memory.indexedTip(branch);
      const edits =
        previous === undefined
          ? []
          : await findHandEdits({
              mirror,
              previous,
              tip: commit,
              folders: [...changed, ...gone],
              ours: (commits) => memory.ours(commits),
            });
      const recorded = await database.transaction(async (tx) => {
        const store = new FolderStore(tx);
        await store.apply([...gone.map((folder) => ({ folder, objects: undefined })), ...read], now());
        const isNews = await new HandEditStore(tx).moveTip(branch, previous, commit, now());
        if (isNews) await new HandEditStore(tx).record(edits, now());
        return isNews ? edits : [];
      });
      for (const { folder, commit: made } of recorded) {
        const { service, environment } = folder;
        const author = made.author.email;
        logger.warn('a release folder was changed by hand', { service, environment, commit: made.oid, author });
      }
      synced = commit;
      return [...changed, ...gone];
    },
  };
}

function folderKey(folder: Pick<OwnedFolder, 'environment' | 'namespace' | 'service'>): string {
  return `${folder.environment}/${folder.namespace}/${folder.service}`;
}

async function foldersOf(tree: TreeReader, snapshot: ConfigSnapshot): Promise<OwnedFolder[]> {
  const found: OwnedFolder[] = [];
  for (const { name: environment } of snapshot.environments) {
    for (const namespace of await foldersIn(tree, layout.releases(environment))) {
      const services = await foldersIn(tree, `${layout.releases(environment)}/${namespace.name}`);
      for (const service of services)
        found.push({ environment, namespace: namespace.name, service: service.name, treeOid: service.oid });
    }
  }
  return found;
}

async function foldersIn(tree: TreeReader, path: string) {
  return ((await tree.list(path)) ?? []).filter((entry) => entry.kind === 'folder');
}

async function readFolders(tree: TreeReader, folders: readonly OwnedFolder[]): Promise<IndexedFolder[]> {
  const listed = await Promise.all(
    folders.map(async (folder) => {
      const root = layout.release(folder.environment, folder.namespace, folder.service);
      return { folder, root, paths: (await tree.files(root)).map((file) => file.path) };
    }),
  );
  const contents = await tree.readMany(listed.flatMap(({ paths }) => paths));
  return listed.map(({ folder, root, paths }) => {
    const files = paths.flatMap((path) => {
      const content = contents.get(path);
      return content === undefined ? [] : [{ path: path.slice(root.length + 1), content }];
    });
    return indexFolder(folder, files);
  });
}

/** What a folder holds, however it came to be: a hand-made one without our files is owned all the same. */
function indexFolder(folder: OwnedFolder, files: readonly { path: string; content: Uint8Array }[]): IndexedFolder {
  const manifests = files.filter((file) => /\.ya?ml$/.test(file.path));
  const { objects } = checkManifests(parseManifests(manifests), {
    environment: folder.environment,
    service: folder.service,
    namespace: folder.namespace,
    allowKinds: [],
  });
  const json = files.find((file) => file.path === 'release.json')?.content;
  const release = json === undefined ? undefined : parseReleaseJson(json);
  return { folder: { ...folder, releaseId: release?.releaseId, artifactId: release?.artifactId }, objects };
}
