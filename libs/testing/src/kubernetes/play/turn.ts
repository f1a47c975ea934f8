import type { KubeObject } from '../kube-object.ts';
import type { Scene } from './play-pod.ts';

/** What belongs to one workload, as a controller sees it. */
export interface Family {
  readonly workload: KubeObject;
  /** ReplicaSets of a Deployment, ControllerRevisions of a DaemonSet. */
  readonly revisions: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
}

/** What one turn of a controller changes; nothing when everything is as it should be. */
export interface Turn {
  readonly put: readonly KubeObject[];
  readonly remove: readonly KubeObject[];
}

export type Controller = (family: Family, scene: Scene) => Turn;
