import { conditionOf } from '../workload.ts';
import { quoted, type FailureRule } from './failure-rule.ts';

/**
 * A Job gave up: condition `Failed=True` with BackoffLimitExceeded, DeadlineExceeded, PodFailurePolicy, FailedIndexes or
 * MaxFailedIndexesExceeded (batch/v1 `JobFailed`). Its retries were its grace. The log is that of the pod that failed last.
 */
export const jobFailed: FailureRule = (workload) => {
  const { live, pods } = workload;
  if (live === undefined || workload.expected.kind !== 'Job') return [];
  const failed = conditionOf(live, 'Failed');
  if (failed?.status !== 'True') return [];
  const last = pods
    .filter(({ phase }) => phase === 'Failed')
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))[0];
  const container = last?.containers.find(({ terminated }) => terminated !== undefined && terminated.exitCode !== 0);
  return [
    {
      key: `job.failed ${live.object.uid}`,
      grace: 0,
      why: {
        code: 'job.failed',
        message: `the Job failed (${failed.reason ?? 'Failed'})${quoted(failed.message)}`,
        object: workload.label,
        ...(last === undefined ? {} : { pod: last.object.name }),
        ...(last === undefined || container === undefined
          ? {}
          : {
              container: container.name,
              log: { podUid: last.object.uid, container: container.name, restarts: container.restarts },
            }),
        next: 'read its log; a Job is not tried again under the same name, so release one with a new name',
      },
    },
  ];
};
