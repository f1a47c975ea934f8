/**
 * How long something that looks like a failure may last before it is one, in seconds. Each is counted from when the manager
 * first heard of it, so a manager that was away judges no faster than one that watched.
 */
export const graces = {
  /**
   * Whatever is seen has to be seen for this long: a Deployment and its new ReplicaSet come over two watches, and between
   * them the old pods look like the new ones.
   */
  least: 1,
  /** A registry has a bad moment; the kubelet tries again after 10 and 20 s (`imageBackOff`, 10 s doubling). */
  imagePull: 30,
  /** A Secret that another controller writes (External Secrets, cert-manager) often comes seconds after its pod. */
  containerConfig: 30,
  /** The kubelet's own cache of ConfigMaps and Secrets is behind for up to a minute. */
  kubeletCache: 90,
  /** The first crash may be a dependency that comes up at the same time. */
  firstCrash: 30,
  /** A container that crashed has to stay up for this long before it counts as up. */
  steadyAfterCrash: 60,
  /** Volumes are attached and mounted within two minutes (`FailedMount` is retried with a back-off of up to 2 min 2 s). */
  mount: 150,
  /** Nobody announced a node. */
  unschedulable: 60,
  /** An autoscaler announced a node (`TriggeredScaleUp`, `Nominated`): a machine takes minutes to start. */
  scaleUp: 600,
  /** A volume is provisioned. */
  volume: 180,
  /** A fresh namespace has no ServiceAccount for a second or two, and quota frees up as old pods go. */
  creation: 30,
  /** A pod was thrown out and its replacement is on the way. */
  rejectedPod: 120,
  /** Nothing changed about a workload that has no deadline of its own: as long as a Deployment's default. */
  noProgress: 600,
  /** The Deployment controller ends its own deadline; should it be away, somebody else has to. */
  deadlineSlack: 60,
  /** Flux says that it applied, and the object is not there or is another release's. */
  missing: 300,
  /** Custom resources that we apply are watched only after they were seen in Flux's inventory. */
  otherKinds: 10,
  /** A custom resource says that it failed (`Stalled`). */
  stalled: 30,
  /** A custom resource that does not become ready. */
  otherDeadline: 900,
  /** The API server refused the object itself: a retry says the same. */
  fluxCertain: 10,
  /** Namespaces, CRDs and webhooks that come up at the same time; the next try is a minute later (`retryInterval: 1m`). */
  fluxMends: 90,
  /** The next try to prune is a minute later. */
  fluxPrune: 90,
  /** Flux was told at once and looks each minute anyway: beyond this something is wrong with it. */
  fluxStale: 300,
  /** A daemon sends a heartbeat several times a minute. */
  daemonSilent: 120,
  /** The counters of a workload say that all is up, and its pods were not heard of. */
  unseenPods: 30,
} as const;

export function secondsAfter(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}
