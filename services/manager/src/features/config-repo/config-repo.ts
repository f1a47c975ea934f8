import { parseConfig, type ConfigSnapshot } from '@release-manager/config-repo';
import type { Mirror, Oid, TreeReader } from '@release-manager/git';
import type { Logger } from '@release-manager/runtime';

import { createSnapshotReader } from './snapshot-reader.ts';

/** The config repo as this process last saw it. */
export interface ConfigRepo {
  readonly mirror: Mirror;
  /** The files that rule, as of the last look; an empty, not initialised one before the first. No I/O. */
  snapshot(): ConfigSnapshot;
  /** When the remote last answered. */
  readAt(): Date | undefined;
  /**
   * Asks the remote for its tip and reads what changed. Calls at the same time share one look.
   * @throws AppError unavailable when the remote does not answer; the snapshot stays what it was.
   */
  refresh(): Promise<ConfigSnapshot>;
  /** The files that rule as of one commit: those of our own push, without asking the remote again. */
  adopt(commit: Oid): Promise<ConfigSnapshot>;
  /** The files of a commit; of the last one seen when it is left out. */
  tree(commit?: Oid): TreeReader | undefined;
  /** Hears of every new snapshot. */
  onChange(heard: (snapshot: ConfigSnapshot) => void): void;
}

export interface ConfigRepoOptions {
  readonly mirror: Mirror;
  readonly logger: Logger;
  readonly now: () => Date;
}

export function createConfigRepo({ mirror, logger, now }: ConfigRepoOptions): ConfigRepo {
  const reader = createSnapshotReader();
  const listeners: ((snapshot: ConfigSnapshot) => void)[] = [];
  let snapshot = parseConfig('', new Map());
  let seen: Oid | undefined;
  let readAt: Date | undefined;
  let looking: Promise<ConfigSnapshot> | undefined;

  const take = async (commit: Oid | undefined): Promise<ConfigSnapshot> => {
    if (commit === seen && seen !== undefined) return snapshot;
    const next = commit === undefined ? parseConfig('', new Map()) : await reader.read(commit, mirror.tree(commit));
    seen = commit;
    snapshot = next;
    for (const problem of next.problems)
      logger.warn('config repo has a broken file', {
        file: problem.file,
        line: problem.line,
        problem: problem.message,
      });
    for (const heard of listeners) heard(next);
    return next;
  };
  const look = async (): Promise<ConfigSnapshot> => {
    const next = await take(await mirror.fetch());
    readAt = now();
    return next;
  };

  return {
    mirror,
    snapshot: () => snapshot,
    readAt: () => readAt,
    refresh() {
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    adopt: (commit) => take(commit),
    tree(commit) {
      const wanted = commit ?? seen;
      return wanted === undefined ? undefined : mirror.tree(wanted);
    },
    onChange(heard) {
      listeners.push(heard);
    },
  };
}
