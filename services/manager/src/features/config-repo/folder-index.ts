import type { ConfigSnapshot } from '@release-manager/config-repo';
import type { Mirror, Oid, TreeReader } from '@release-manager/git';
import type { Database } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

import { listFolders, readFolders } from './folder-reader.ts';
import { FolderStore, type OwnedFolder } from './folder-store.ts';
import { HandEditStore } from './hand-edit-store.ts';
import { findHandEdits } from './hand-edits.ts';

export interface FolderIndex {
  /**
   * Makes the index say what this commit holds. Folders whose tree is the one that was indexed cost one comparison; only
   * changed ones are read. Commits of others in them are recorded once, in the ledger, before anything replaces what they did.
   * @returns the folders that had changed since, which is to say: by somebody else.
   * @throws the reason of the signal, soon after it was aborted; nothing was changed then
   */
  sync(commit: Oid, tree: TreeReader, snapshot: ConfigSnapshot, signal?: AbortSignal): Promise<readonly OwnedFolder[]>;
  /**
   * Says that our own push moved the branch from `base` to `tip` and that the store holds already what it wrote, so that the next
   * sync has nothing to compare. Nothing happens when the index is not that of `base`: the next sync finds out by itself.
   */
  landed(base: Oid | undefined, tip: Oid): Promise<void>;
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
    async sync(commit, tree, snapshot, signal) {
      if (commit === synced) return [];
      const known = new Map((await new FolderStore(database.db).all()).map((folder) => [folderKey(folder), folder]));
      const there = await listFolders(tree, environmentsOf(snapshot, known.values()));
      const changed = there.filter((folder) => known.get(folderKey(folder))?.treeOid !== folder.treeOid);
      const names = new Set(there.map(folderKey));
      const gone = [...known.values()].filter((folder) => !names.has(folderKey(folder)));
      const read = await readFolders(tree, changed, signal);
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
        const changes = [...gone.map((folder) => ({ folder, objects: undefined })), ...read];
        await store.apply(changes, now(), () => signal?.throwIfAborted());
        const isNews = await new HandEditStore(tx).moveTip(branch, previous, commit, now());
        if (isNews) await new HandEditStore(tx).record(edits, now());
        return isNews ? edits : [];
      });
      for (const { folder, commit: made } of recorded) {
        const { service, environment } = folder;
        const author = made.author.email;
        logger.warn('a release folder was changed by hand', { service, environment, commit: made.oid, author });
      }
      for (const { folder, problem } of read) {
        if (problem === undefined) continue;
        const { service, environment, namespace } = folder;
        const { file, message } = problem;
        const fields = { service, environment, namespace, file, problem: message };
        logger.warn('a release folder cannot be read whole, its objects stay owned', fields);
      }
      synced = commit;
      return [...changed, ...gone];
    },
    async landed(base, tip) {
      if (base === undefined || base !== synced) return;
      const moved = await new HandEditStore(database.db).moveTip(branch, base, tip, now());
      synced = moved ? tip : undefined;
    },
  };
}

/** Where the file cannot be read whole, an environment that it does not name is none that is gone. */
function environmentsOf(snapshot: ConfigSnapshot, known: Iterable<OwnedFolder>): ReadonlySet<string> {
  const isWhole = !snapshot.problems.some(({ scope }) => scope.kind === 'all' || scope.kind === 'environment');
  const named = snapshot.environments.map(({ name }) => name);
  return new Set(isWhole ? named : [...named, ...[...known].map(({ environment }) => environment)]);
}

function folderKey(folder: Pick<OwnedFolder, 'environment' | 'namespace' | 'service'>): string {
  return `${folder.environment}/${folder.namespace}/${folder.service}`;
}
