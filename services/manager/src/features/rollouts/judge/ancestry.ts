import { AppError } from '@release-manager/domain';
import { isOid, type Mirror, type Oid } from '@release-manager/git';

export interface Ancestry {
  /**
   * Whether a commit is another one or was made before it.
   * @throws AppError unavailable when the config repo does not answer and the answer is not known yet
   */
  contains(of: string, commit: string): Promise<boolean>;
}

/** Commits of one revision that are read at once; a release that is older than so many others is asked for by itself. */
const atOnce = 500;
/** Revisions that are remembered: Flux is at a few of them at any time. */
const mostRevisions = 32;

interface Known {
  readonly ancestors: Promise<ReadonlySet<string>>;
  /** What was asked for one by one. */
  readonly asked: Map<string, Promise<boolean>>;
}

/**
 * Answers from the history of the mirror. The newest commits of a revision are read once, by one process of git, however many
 * releases wait for it. A revision that the mirror has not seen is looked for at the remote once.
 */
export function createAncestry(mirror: Mirror, refresh: () => Promise<unknown>): Ancestry {
  const revisions = new Map<string, Known>();

  const read = async (of: Oid): Promise<ReadonlySet<string>> => {
    if (mirror.tip() !== of) await refresh();
    try {
      return new Set((await mirror.log({ from: of, limit: atOnce })).map(({ oid }) => oid));
    } catch (error) {
      if (error instanceof AppError && error.kind === 'unavailable') throw error;
      // Not a commit of ours: whoever sent it made it up, or history was rewritten.
      return new Set();
    }
  };
  const remember = (of: Oid): Known => {
    const known = revisions.get(of) ?? { ancestors: read(of), asked: new Map<string, Promise<boolean>>() };
    revisions.delete(of);
    revisions.set(of, known);
    // What could not be read is read anew the next time.
    known.ancestors.catch(() => revisions.delete(of));
    for (const oldest of revisions.keys()) {
      if (revisions.size <= mostRevisions) break;
      revisions.delete(oldest);
    }
    return known;
  };

  return {
    async contains(of, commit) {
      if (of === commit) return true;
      if (!isOid(of) || !isOid(commit)) return false;
      const known = remember(of);
      const ancestors = await known.ancestors;
      if (ancestors.has(commit)) return true;
      // Fewer than were asked for: that is the whole history.
      if (ancestors.size < atOnce) return false;
      const answer = known.asked.get(commit) ?? mirror.isAncestor(commit, of);
      known.asked.set(commit, answer);
      answer.catch(() => known.asked.delete(commit));
      return answer;
    },
  };
}
