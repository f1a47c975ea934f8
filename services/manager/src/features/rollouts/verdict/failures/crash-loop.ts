import type { WorkloadContext } from '../workload.ts';
import { crashSignal, deathOf, deathWords } from './crash.ts';
import { containersOf, type FailureRule, type PodContainer } from './failure-rule.ts';
import { isOutOfMemory } from './out-of-memory.ts';

/**
 * A main or sidecar container dies again and again (`CrashLoopBackOff`, pkg/kubelet/container/sync_result.go). Where a probe
 * has it killed (exit 137 or 143 with the events `Unhealthy` and `Killing`) the message says so. Pods of Jobs are left to the
 * Job, which counts to its own limit.
 */
export const crashLoop: FailureRule = (workload) => {
  if (workload.expected.kind === 'Job') return [];
  return containersOf(workload)
    .filter(({ container }) => container.role !== 'init' && !isOutOfMemory(container))
    .flatMap((at) => {
      const probe = killingProbe(workload, at);
      const message = `the container ${probe === undefined ? deathWords(deathOf(at.container)) : `was killed: ${probe}`}, ${times(at)}`;
      const next =
        probe === undefined
          ? 'read its log; release the fix, or go back with `release-cli rollback`'
          : 'see why the probe fails, or give it more time (initialDelaySeconds, startupProbe)';
      return crashSignal(workload, at, {
        code: probe === undefined ? 'pod.crash-loop' : 'pod.probe-killed',
        message,
        next,
      });
    });
};

function times({ container }: PodContainer): string {
  return `${container.restarts} ${container.restarts === 1 ? 'restart' : 'restarts'}`;
}

/** What the kubelet says of a liveness or startup probe, where it was that which ended the container. */
function killingProbe({ warnings }: WorkloadContext, { pod, container }: PodContainer): string | undefined {
  const { exitCode } = deathOf(container) ?? {};
  if (exitCode !== 137 && exitCode !== 143) return undefined;
  return warnings.find(
    ({ about, reason, message }) =>
      about.uid === pod.object.uid && reason === 'Unhealthy' && /^(Liveness|Startup) probe/i.test(message),
  )?.message;
}
