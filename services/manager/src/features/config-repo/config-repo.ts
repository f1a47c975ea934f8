import { parseConfig, type ConfigSnapshot } from '@release-manager/config-repo';
import type { Mirror, Oid, TreeReader } from '@release-manager/git';
import type { Logger } from '@release-manager/runtime';

import { createProblemReport } from './problem-report.ts';
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
  /**
   * The files that rule as of one commit, without asking the remote again: of our own push, or of the tip that is planned on.
   * `snapshot` then is what the mirror holds, which is that commit unless somebody was faster.
   */
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
  const inTurn = createTurns();
  const report = createProblemReport(logger);
  const listeners: ((snapshot: ConfigSnapshot) => void)[] = [];
  let snapshot = parseConfig('', new Map());
  let seen: Oid | undefined;
  let readAt: Date | undefined;
  let looking: Promise<ConfigSnapshot> | undefined;

  const read = async (commit: Oid | undefined): Promise<ConfigSnapshot> => {
    if (commit === seen && seen !== undefined) return snapshot;
    return commit === undefined ? parseConfig('', new Map()) : reader.read(commit, mirror.tree(commit));
  };
  /**
   * What counts is what the mirror holds now, and never the commit that somebody came with: a look that was slow may have
   * begun before a push of ours landed, and would put older rules back.
   */
  const catchUp = async (): Promise<ConfigSnapshot> => {
    const tip = mirror.tip();
    if (tip === seen && seen !== undefined) return snapshot;
    const next = await read(tip);
    seen = tip;
    snapshot = next;
    report(next.problems);
    for (const heard of listeners) heard(next);
    return next;
  };
  const look = async (): Promise<ConfigSnapshot> => {
    await mirror.fetch();
    const next = await inTurn(catchUp);
    readAt = now();
    return next;
  };
  const adopt = async (commit: Oid): Promise<ConfigSnapshot> => {
    const current = await catchUp();
    return current.commit === commit ? current : read(commit);
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
    adopt: (commit) => inTurn(() => adopt(commit)),
    tree(commit) {
      const wanted = commit ?? seen;
      return wanted === undefined ? undefined : mirror.tree(wanted);
    },
    onChange(heard) {
      listeners.push(heard);
    },
  };
}

/** Lets one at a time read and replace what is known, in the order in which they came. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
