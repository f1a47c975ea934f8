export { failedJobs, type FailedJob } from './failed-jobs.ts';
export { defineJob, type JobDefinition } from './job.ts';
export type { JobError } from './outcome.ts';
export {
  createQueue,
  type EnqueueOptions,
  type JobContext,
  type JobHandler,
  type Queue,
  type QueueOptions,
} from './queue.ts';
