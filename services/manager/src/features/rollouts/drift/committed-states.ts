import { setImmediate as nextTurn } from 'node:timers/promises';

import { layout } from '@release-manager/config-repo';
import { messageOf } from '@release-manager/domain';
import { isOid, isTreePath, type Mirror } from '@release-manager/git';
import { isManifestPath, listWorkloads, manifestLimits, type DeclaredWorkload } from '@release-manager/manifests';
import type { Logger } from '@release-manager/runtime';

import type { OwnedFolder } from '../../config-repo/index.ts';

/** What a release folder declares; `unread`: not known yet, `unreadable`: nobody can know. */
export type CommittedState = readonly DeclaredWorkload[] | 'unread' | 'unreadable';

/** What the config repo says of services, read when it is first asked for and kept by the id of the folder. */
export interface CommittedStates {
  /** No I/O: what is unread is read from now on, and `onRead` told when that is done, unless nobody wants to know. */
  of(folder: OwnedFolder, onRead?: () => void): CommittedState;
  /** Whether the folder was at that commit as it is now. False where the commit is not known. */
  isSameAt(commit: string, folder: OwnedFolder): Promise<boolean>;
}

/** Workloads and containers that are kept, of all folders together: some hundred bytes each. */
const mostParts = 60_000;

type Source = Pick<Mirror, 'tip' | 'tree'>;

/**
 * A verdict must not wait for a remote that hangs, and a mirror may lack old files: so folders are read in the background, one
 * after another. One that could not be read is unread again, and is read when it is asked for the next time.
 */
export function createCommittedStates(mirror: Source, logger: Logger): CommittedStates {
  const known = new KnownStates();
  const waiting = new Map<string, Set<() => void>>();
  let last: Promise<void> = Promise.resolve();

  const read = async (folder: OwnedFolder): Promise<void> => {
    let state: CommittedState = 'unread';
    try {
      state = await readFolder(mirror, folder);
    } catch (error) {
      const { service, environment } = folder;
      logger.debug('a release folder could not be read to compare it', {
        service,
        environment,
        error: messageOf(error),
      });
    }
    if (state !== 'unread') known.set(folder.treeOid, state);
    const told = waiting.get(folder.treeOid) ?? [];
    waiting.delete(folder.treeOid);
    if (state !== 'unread') for (const tell of told) tell();
  };

  return {
    of(folder, onRead) {
      const state = known.get(folder.treeOid);
      if (state !== undefined) return state;
      const others = waiting.get(folder.treeOid);
      const told = others ?? new Set();
      if (onRead !== undefined) told.add(onRead);
      waiting.set(folder.treeOid, told);
      if (others === undefined) last = last.then(() => read(folder));
      return 'unread';
    },

    async isSameAt(commit, folder) {
      if (!isOid(commit)) return false;
      try {
        return (await mirror.tree(commit).oid(rootOf(folder))) === folder.treeOid;
      } catch {
        return false;
      }
    },
  };
}

/** The folders that were asked for last. */
class KnownStates {
  readonly #states = new Map<string, CommittedState>();
  #parts = 0;

  get(id: string): CommittedState | undefined {
    const state = this.#states.get(id);
    if (state === undefined) return undefined;
    this.#states.delete(id);
    this.#states.set(id, state);
    return state;
  }

  set(id: string, state: CommittedState): void {
    this.#states.set(id, state);
    this.#parts += partsOf(state);
    for (const [oldest, its] of this.#states) {
      if (this.#parts <= mostParts || oldest === id) break;
      this.#states.delete(oldest);
      this.#parts -= partsOf(its);
    }
  }
}

function partsOf(state: CommittedState): number {
  return typeof state === 'string' ? 1 : state.reduce((sum, { containers }) => sum + 1 + containers.length, 1);
}

/** @throws AppError unavailable when the files have to be fetched and the remote does not answer */
async function readFolder(mirror: Source, folder: OwnedFolder): Promise<CommittedState> {
  const tip = mirror.tip();
  const tree = tip === undefined ? undefined : mirror.tree(tip);
  const root = rootOf(folder);
  // Another process may be ahead of this one's mirror.
  if (tree === undefined || (await tree.oid(root)) !== folder.treeOid) return 'unread';
  const paths = (await tree.files(root)).map(({ path }) => path).filter(isManifestPath);
  if (paths.length > manifestLimits.files || !paths.every(isTreePath)) return 'unreadable';
  const sizes = [...(await tree.sizes(paths)).values()];
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > manifestLimits.totalBytes) return 'unreadable';
  const contents = await tree.readMany(paths, { onTooLarge: 'skip' });
  if (contents.size < sizes.length) return 'unreadable';
  const files = [...contents].map(([path, content]) => ({ path: path.slice(root.length + 1), content }));
  return (await listWorkloads(files, () => nextTurn())) ?? 'unreadable';
}

function rootOf({ environment, namespace, service }: OwnedFolder): string {
  return layout.release(environment, namespace, service);
}
