import type { ObjectCondition, PodFacts, WarningFacts, WorkloadFacts } from '@release-manager/contract';

import type { ClusterFacts, ExpectedObject, Subject } from './subject.ts';

/** A workload of the release with what is known of it in the cluster. */
export interface WorkloadContext {
  readonly expected: ExpectedObject;
  /** `Deployment shop/web`. */
  readonly label: string;
  /** Absent: not there, as far as is known. A pod that nothing owns has none either. */
  readonly live?: WorkloadFacts | undefined;
  /** True when the live object is what this release committed. */
  readonly isOurs: boolean;
  /** Whose it is instead. */
  readonly foreign?: { readonly service: string; readonly release?: string | undefined } | undefined;
  /** Pods that run the template of this release; those that are on their way out are not among them. */
  readonly pods: readonly PodFacts[];
  /** Pods of older templates, and those that are on their way out. */
  readonly oldPods: readonly PodFacts[];
  /** Events about the workload, its pods, or what stands between them. */
  readonly warnings: readonly WarningFacts[];
  readonly now: Date;
}

/** Kinds whose rollout is waited for; everything else is judged by its conditions. */
const workloadKinds: Readonly<Record<string, string>> = {
  Deployment: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  ReplicaSet: 'apps',
  Job: 'batch',
  CronJob: 'batch',
  Pod: '',
};

export function isWorkload({ apiGroup, kind }: ExpectedObject): boolean {
  return workloadKinds[kind] === apiGroup;
}

export function labelOf({ kind, namespace, name }: Pick<ExpectedObject, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

export function conditionOf(
  { conditions }: { readonly conditions: readonly ObjectCondition[] },
  type: string,
): ObjectCondition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** Joins an expected workload with what the cluster has under its name. */
export function contextOf(expected: ExpectedObject, subject: Subject): WorkloadContext {
  const { facts, now } = subject;
  const base = { expected, label: labelOf(expected), now };
  if (expected.kind === 'Pod') return podContext(base, subject);
  const live = newest(facts.workloads.filter((workload) => isSame(workload.object, expected)));
  if (live === undefined) return { ...base, isOurs: false, pods: [], oldPods: [], warnings: [] };
  const isOurs = live.stamp.release === subject.releaseId && live.stamp.service === subject.service;
  const all = facts.pods.filter((pod) => pod.deleted !== true && belongsTo(pod, live));
  const pods = all.filter((pod) => pod.terminating === undefined && isCurrent(pod, live));
  return {
    ...base,
    live,
    isOurs,
    foreign: isOurs ? undefined : live.stamp,
    pods,
    oldPods: all.filter((pod) => !pods.includes(pod)),
    warnings: warningsOf(facts, live, all),
  };
}

/** A pod that nothing owns is a workload of its own. */
function podContext(
  base: Pick<WorkloadContext, 'expected' | 'label' | 'now'>,
  { facts, releaseId, service }: Subject,
): WorkloadContext {
  const pods = facts.pods.filter((pod) => pod.deleted !== true && isSame(pod.object, base.expected));
  const [pod] = pods;
  const isOurs = pod?.stamp?.release === releaseId && pod.service === service;
  return {
    ...base,
    isOurs,
    foreign: pod === undefined || isOurs ? undefined : { service: pod.service, release: pod.stamp?.release },
    pods,
    oldPods: [],
    warnings: facts.warnings.filter(({ about }) => pods.some(({ object }) => object.uid === about.uid)),
  };
}

function isSame(
  object: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string },
  expected: ExpectedObject,
): boolean {
  const { apiGroup, kind, namespace, name } = expected;
  return object.group === apiGroup && object.kind === kind && object.namespace === namespace && object.name === name;
}

/** What is there, rather than what is gone; of two, the one that was made last: an object may be made anew under its name. */
function newest(workloads: readonly WorkloadFacts[]): WorkloadFacts | undefined {
  const order = (a: WorkloadFacts, b: WorkloadFacts): number =>
    Number(a.deleted === true) - Number(b.deleted === true) || b.createdAt.localeCompare(a.createdAt);
  return workloads.toSorted(order)[0];
}

function belongsTo(pod: PodFacts, live: WorkloadFacts): boolean {
  if (pod.workload !== undefined) return pod.workload.uid === live.object.uid;
  return (
    pod.object.namespace === live.object.namespace && pod.revision !== undefined && pod.revision === live.updateRevision
  );
}

/**
 * Pods are attributed by the hash of their template. Where the controller has not yet seen the newest spec, nobody can know
 * which hash that will be, and no pod counts as the release's; pods of Jobs have no revision, and all are.
 */
function isCurrent(pod: PodFacts, live: WorkloadFacts): boolean {
  if (live.object.kind === 'Job') return true;
  if (live.generation > live.observedGeneration) return false;
  return live.updateRevision !== undefined && pod.revision === live.updateRevision;
}

function warningsOf(facts: ClusterFacts, live: WorkloadFacts, pods: readonly PodFacts[]): readonly WarningFacts[] {
  const uids = new Set([live.object.uid, ...pods.map(({ object }) => object.uid)]);
  // A ReplicaSet between the two is told by its name: `<deployment>-<hash>`.
  const isReplicaSet = ({ about }: WarningFacts): boolean =>
    about.kind === 'ReplicaSet' &&
    about.namespace === live.object.namespace &&
    live.updateRevision !== undefined &&
    about.name === `${live.object.name}-${live.updateRevision}`;
  return facts.warnings.filter(
    (warning) => (warning.about.uid !== undefined && uids.has(warning.about.uid)) || isReplicaSet(warning),
  );
}
