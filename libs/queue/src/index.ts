export { createQueue } from './boss-queue.ts';
export { failedJobs, type FailedJob } from './failed-jobs.ts';
export { defineJob, type JobDefinition } from './job.ts';
export type { JobError } from './outcome.ts';
export type { EnqueueOptions, JobContext, JobHandler, Queue, QueueOptions } from './queue.ts';
