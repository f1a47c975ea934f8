/** What is known of a build when two artifacts of one service and branch are compared. */
export interface BuildOrder {
  readonly sha: string;
  readonly ci?: {
    readonly provider?: string;
    readonly workflow?: string;
    readonly runNumber?: number;
    readonly runAttempt?: number;
  };
  /** ISO 8601. */
  readonly committedAt?: string;
}

/** What git says of two commits of the source repository; `unknown` without a source that can be asked. */
export type Ancestry = 'candidate-is-newer' | 'head-is-newer' | 'unknown';

/**
 * Whether `candidate` is newer than `head` within one (service, branch): same sha → (runNumber, runAttempt) of one provider
 * and workflow; otherwise git ancestry where known; otherwise runNumber of one provider and workflow; otherwise committedAt.
 * A tie keeps the head, which was registered first. It is a comparison with the head, not a sort order: different rules may
 * decide different pairs, so it is not transitive.
 */
export function isNewer(candidate: BuildOrder, head: BuildOrder, ancestry: Ancestry = 'unknown'): boolean {
  const run = compareRuns(candidate, head);
  if (candidate.sha === head.sha)
    return run === undefined ? false : run.number > 0 || (run.number === 0 && run.attempt > 0);
  if (ancestry !== 'unknown') return ancestry === 'candidate-is-newer';
  if (run !== undefined && run.number !== 0) return run.number > 0;
  return time(candidate) > time(head);
}

function compareRuns(a: BuildOrder, b: BuildOrder): { number: number; attempt: number } | undefined {
  const sameLine = a.ci?.provider !== undefined && a.ci.provider === b.ci?.provider && a.ci.workflow === b.ci.workflow;
  if (!sameLine || a.ci?.runNumber === undefined || b.ci?.runNumber === undefined) return undefined;
  return { number: a.ci.runNumber - b.ci.runNumber, attempt: (a.ci.runAttempt ?? 1) - (b.ci.runAttempt ?? 1) };
}

function time(build: BuildOrder): number {
  const parsed = build.committedAt === undefined ? Number.NaN : Date.parse(build.committedAt);
  return Number.isNaN(parsed) ? Number.NEGATIVE_INFINITY : parsed;
}
