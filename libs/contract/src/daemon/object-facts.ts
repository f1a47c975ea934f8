import { z } from 'zod';

// What a daemon says about objects. It comes out of a cluster, where names and messages are written by anybody: lengths are
// bounded here, and unknown fields are dropped, so that a newer daemon can talk to an older manager.

/** A name of Kubernetes; at most 253 characters by its rules (DNS subdomain), a little more for what CRDs allow. */
const name = z.string().min(1).max(317);
/** Words of controllers and kubelets, cut by the daemon. */
const words = z.string().max(2_000);
const reason = z.string().max(256);
const count = z.number().int().min(0);
/** A time as the API server writes it (RFC 3339). */
const time = z.iso.datetime({ offset: true });

/** One object of the cluster, at one of its versions. */
export const ObjectRef = z.object({
  /** `apps`, `batch`, …; empty for the core group. */
  group: z.string().max(253),
  kind: z.string().min(1).max(63),
  namespace: z.string().max(63),
  name,
  uid: z.string().min(1).max(64),
  /**
   * Higher is newer for one uid; a decimal number in every API server we support (KEP-5504). Of two observations of one outbox
   * with the same one, the later sequence counts: what is said of an object may also follow from its neighbours.
   */
  resourceVersion: z.string().regex(/^\d{1,20}$/),
});
export type ObjectRef = z.infer<typeof ObjectRef>;

export const ObjectCondition = z.object({
  type: z.string().max(317),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: reason.optional(),
  message: words.optional(),
  /** `lastTransitionTime`. */
  since: time.optional(),
});
export type ObjectCondition = z.infer<typeof ObjectCondition>;

/** The labels and annotations that the manager put on a workload (the stamp), as they are live. */
export const LiveStamp = z.object({
  service: z.string().max(63),
  owner: z.string().max(63).optional(),
  artifact: z.string().max(120).optional(),
  release: z.string().max(40).optional(),
});
export type LiveStamp = z.infer<typeof LiveStamp>;

/** A field of a workload that Flux does not own: `metadata.managedFields` name somebody else, or nobody. */
export const ForeignField = z.object({
  /** `spec.replicas`, the annotation with the release id, the image of a container. */
  field: z.enum(['replicas', 'release', 'image']),
  /** Of an image. */
  container: name.optional(),
  /** Who set it last: `kubectl-edit`, `node-fetch`, …; a name that the client chose for itself. */
  manager: z.string().max(128).optional(),
});
export type ForeignField = z.infer<typeof ForeignField>;

/**
 * A Deployment, StatefulSet, DaemonSet, Job or CronJob, or a ReplicaSet that no Deployment owns. Counters that the kind does
 * not have are absent; a CronJob has none, only its stamp and `paused` for `spec.suspend`. A Job of a CronJob carries the
 * labels of the template and so no release id.
 */
export const WorkloadFacts = z.object({
  type: z.literal('workload'),
  object: ObjectRef,
  deleted: z.literal(true).optional(),
  stamp: LiveStamp,
  createdAt: time,
  generation: count,
  observedGeneration: count,
  /** `spec.replicas` (1 when absent); for a DaemonSet `status.desiredNumberScheduled`. */
  desired: count.optional(),
  /** `status.replicas`; for a DaemonSet `status.currentNumberScheduled`. */
  current: count.optional(),
  updated: count.optional(),
  ready: count.optional(),
  available: count.optional(),
  paused: z.boolean().optional(),
  strategy: z.enum(['RollingUpdate', 'Recreate', 'OnDelete']).optional(),
  /** Of a StatefulSet: ordinals below it keep the old template. */
  partition: count.optional(),
  /** The revision that new pods get: pod-template-hash of the newest ReplicaSet, or `status.updateRevision`. */
  updateRevision: z.string().max(317).optional(),
  currentRevision: z.string().max(317).optional(),
  /** True where an autoscaler owns `spec.replicas`; absent when the daemon cannot know. */
  autoscaled: z.boolean().optional(),
  progressDeadlineSeconds: count.optional(),
  images: z.array(z.object({ container: name, image: z.string().max(1_000) })).max(50),
  /** Of the fields that are compared with the config repo those that Flux does not own; absent where nobody says who owns what. */
  notByFlux: z.array(ForeignField).max(60).optional(),
  job: z
    .object({
      active: count,
      succeeded: count,
      failed: count,
      completions: count.optional(),
      backoffLimit: count.optional(),
      suspended: z.boolean(),
      ttlSecondsAfterFinished: count.optional(),
      /** Name of the CronJob that made it. */
      cronJob: name.optional(),
    })
    .optional(),
  conditions: z.array(ObjectCondition).max(30),
});
export type WorkloadFacts = z.infer<typeof WorkloadFacts>;

const Terminated = z.object({
  exitCode: z.number().int(),
  signal: z.number().int().optional(),
  reason: reason.optional(),
  message: words.optional(),
  startedAt: time.optional(),
  finishedAt: time.optional(),
});

export const ContainerFacts = z.object({
  name,
  image: z.string().max(1_000),
  /** `sidecar`: an init container with `restartPolicy: Always`. */
  role: z.enum(['main', 'init', 'sidecar']),
  ready: z.boolean(),
  started: z.boolean().optional(),
  restarts: count,
  waiting: z.object({ reason: reason.optional(), message: words.optional() }).optional(),
  running: z.object({ startedAt: time.optional() }).optional(),
  terminated: Terminated.optional(),
  /** How the run before this one ended. */
  last: Terminated.optional(),
});
export type ContainerFacts = z.infer<typeof ContainerFacts>;

export const PodFacts = z.object({
  type: z.literal('pod'),
  object: ObjectRef,
  deleted: z.literal(true).optional(),
  service: z.string().max(63),
  createdAt: time,
  /** Only of a pod that nothing owns: it is a workload of its own. */
  stamp: LiveStamp.optional(),
  /** The workload it belongs to, through its ReplicaSet where there is one. */
  workload: z.object({ kind: z.string().max(63), name, uid: z.string().max(64) }).optional(),
  /** pod-template-hash or controller-revision-hash; absent for pods of Jobs. */
  revision: z.string().max(317).optional(),
  phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']),
  reason: reason.optional(),
  message: words.optional(),
  ready: z.boolean(),
  scheduled: ObjectCondition.optional(),
  /** `deletionTimestamp`: when it has to be gone. */
  terminating: time.optional(),
  /** A hash, never the name: which pods share a node, without saying where. */
  node: z.string().max(63).optional(),
  containers: z.array(ContainerFacts).max(60),
});
export type PodFacts = z.infer<typeof PodFacts>;

/**
 * A Warning event about an object that is ours; kept by the daemon only for those. Also the Normal ones that announce a
 * node for a pod that has none: `TriggeredScaleUp` (cluster autoscaler), `Nominated` (Karpenter).
 */
export const WarningFacts = z.object({
  type: z.literal('warning'),
  /** The Event itself. */
  object: ObjectRef,
  about: z.object({
    kind: z.string().max(63),
    namespace: z.string().max(63),
    name,
    uid: z.string().max(64).optional(),
  }),
  service: z.string().max(63).optional(),
  reason,
  message: words,
  count,
  lastAt: time,
});
export type WarningFacts = z.infer<typeof WarningFacts>;

/** What a container printed before it died, redacted and without ANSI; once per (pod, container, restart). */
export const CrashLog = z.object({
  type: z.literal('crash-log'),
  pod: ObjectRef,
  service: z.string().max(63),
  workload: z.object({ kind: z.string().max(63), name, uid: z.string().max(64) }).optional(),
  container: name,
  restarts: count,
  /** From the container that died (`previous`), or from the one that runs or waits now. */
  stream: z.enum(['previous', 'current']),
  lines: z.array(z.string().max(1_000)).max(200),
  /** True when lines before the first one were left out, or a line was cut. */
  cut: z.boolean(),
  /** Why there is no log, in the words of the API server. */
  unavailable: words.optional(),
});
export type CrashLog = z.infer<typeof CrashLog>;

/** An object of another kind that a Kustomization of ours applied; judged by the kstatus conventions. */
export const OtherFacts = z.object({
  type: z.literal('other'),
  object: ObjectRef,
  deleted: z.literal(true).optional(),
  service: z.string().max(63),
  generation: count.optional(),
  observedGeneration: count.optional(),
  terminating: time.optional(),
  finalizers: z.array(z.string().max(317)).max(20),
  phase: z.string().max(100).optional(),
  conditions: z.array(ObjectCondition).max(30),
});
export type OtherFacts = z.infer<typeof OtherFacts>;
