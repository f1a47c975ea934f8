import { hashOf, namespaceOf, textAt } from './fields.ts';
import { nodeFor, podOf } from './pod-of.ts';
import type { Controller } from './turn.ts';

/** A Job: one pod, and done when that one is. */
export const playJob: Controller = ({ workload, pods }, scene) => {
  const { name } = workload.metadata;
  const [pod] = pods;
  const isComplete = textAt(pod, 'status', 'phase') === 'Succeeded';
  const labels = { 'batch.kubernetes.io/job-name': name };
  const podName = `${name}-${hashOf(`${namespaceOf(workload)} ${name}`).slice(0, 5)}`;
  const made = podOf({ name: podName, owner: workload, workload, labels, node: nodeFor(0) }, scene);
  const complete = { type: 'Complete', status: 'True', lastTransitionTime: scene.now.toISOString() };
  const status = isComplete ? { active: 0, succeeded: 1, conditions: [complete] } : { active: 1, succeeded: 0 };
  return { put: [...(pod === undefined ? [made] : []), { ...workload, status }], remove: [] };
};
