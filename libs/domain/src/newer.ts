/** What is known of a build when two artifacts of one service and branch are compared. */
export interface BuildOrder {
  readonly sha: string;
  readonly ci?: RunOrder | undefined;
  /** ISO 8601. */
  readonly committedAt?: string | undefined;
}

export interface RunOrder {
  readonly provider?: string | undefined;
  readonly workflow?: string | undefined;
  readonly runNumber?: number | undefined;
  readonly runAttempt?: number | undefined;
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

function compareRuns(
  { ci: candidate }: BuildOrder,
  { ci: head }: BuildOrder,
): { number: number; attempt: number } | undefined {
  if (candidate?.provider === undefined || candidate.provider !== head?.provider) return undefined;
  if (candidate.workflow !== head.workflow) return undefined;
  if (candidate.runNumber === undefined || head.runNumber === undefined) return undefined;
  return {
    number: candidate.runNumber - head.runNumber,
    attempt: (candidate.runAttempt ?? 1) - (head.runAttempt ?? 1),
  };
}

function time(build: BuildOrder): number {
  const parsed = build.committedAt === undefined ? Number.NaN : Date.parse(build.committedAt);
  return Number.isNaN(parsed) ? Number.NEGATIVE_INFINITY : parsed;
}
