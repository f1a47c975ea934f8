import type { WarningFacts } from '@release-manager/contract';

import { graces, secondsAfter } from '../graces.ts';
import { conditionOf, type WorkloadContext } from '../workload.ts';
import type { FailureRule } from './failure-rule.ts';

/** An event is believed for this long: nobody takes it back when it is mended. */
const eventSeconds = 120;

/**
 * The API server refuses the pods of the workload: quota, PodSecurity, LimitRange, a webhook, no ServiceAccount. A Deployment
 * says so itself (`ReplicaFailure=True`, `FailedCreate`; pkg/controller/deployment/util), the other kinds only by an event.
 */
export const creationRefused: FailureRule = (workload) => {
  const message = refusal(workload);
  if (message === undefined) return [];
  const { code, next } = meaningOf(message);
  return [
    {
      key: `workload.refused ${workload.label}`,
      grace: graces.creation,
      why: { code, message: `its pods cannot be created: ${message}`, object: workload.label, next },
    },
  ];
};

function refusal(workload: WorkloadContext): string | undefined {
  const { live, now } = workload;
  if (live === undefined) return undefined;
  const condition = conditionOf(live, 'ReplicaFailure');
  if (live.object.kind === 'Deployment')
    return condition?.status === 'True' ? (condition.message ?? condition.reason) : undefined;
  const isRecent = ({ lastAt }: WarningFacts): boolean => secondsAfter(new Date(lastAt), eventSeconds) > now;
  return workload.warnings.find(
    (event) => event.reason === 'FailedCreate' && event.about.kind !== 'Pod' && isRecent(event),
  )?.message;
}

function meaningOf(message: string): { readonly code: string; readonly next: string } {
  if (/exceeded quota|maximum .* usage per|minimum .* usage per/i.test(message))
    return { code: 'workload.quota', next: 'ask for more quota in the namespace, or request less' };
  if (/violates PodSecurity/i.test(message))
    return { code: 'workload.pod-security', next: 'set the securityContext that the namespace demands' };
  if (/serviceaccount/i.test(message))
    return { code: 'workload.service-account', next: 'add the ServiceAccount that it names' };
  if (/admission webhook|ValidatingAdmissionPolicy|denied the request/i.test(message))
    return { code: 'workload.admission', next: 'see what the admission rule of the cluster asks for' };
  return { code: 'workload.create-failed', next: 'see the events of the workload: kubectl describe' };
}
