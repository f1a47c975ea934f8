import { AppError } from '@release-manager/domain';

/** What a kind of job is: its name, how its data is read, and how often and how long it is tried. */
export interface JobDefinition<T extends object> {
  /** `<room>.<verb>`, the same in every version: jobs of an older version are read by it. */
  readonly name: string;
  /** Reads what another version of the program may have written; throws when it cannot, which ends the job for good. */
  parse(data: unknown): T;
  /** Most attempts, at least 2: a worker that dies costs one. */
  readonly attempts: number;
  /** An attempt that takes longer is given up and counts as failed; its signal is aborted. */
  readonly timeoutSeconds: number;
  /**
   * Jobs with the same serial key run one at a time, in the order in which their transactions began and within one in the
   * order of `enqueue`; one that is tried again holds the others back, one that has failed for good does not.
   */
  serialBy?(data: T): string;
  /** Pause before the second attempt, doubling from there with jitter; 1 by default. */
  readonly retryDelaySeconds?: number;
  /** Longest pause; 60 by default. */
  readonly retryDelayMaxSeconds?: number;
}

/** @throws AppError bug `queue.definition` */
export function defineJob<T extends object>(definition: JobDefinition<T>): JobDefinition<T> {
  if (definition.attempts < 2) {
    throw new AppError('bug', 'queue.definition', `The job ${definition.name} needs at least 2 attempts.`, {
      next: 'Give it 2: with one, a worker that is killed ends the job for good.',
    });
  }
  return definition;
}
