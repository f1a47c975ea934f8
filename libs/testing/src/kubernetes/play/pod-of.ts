import type { KubeObject } from '../kube-object.ts';
import { at, fieldsAt, namespaceOf, ownerReference, textsAt } from './fields.ts';
import { newPodStatus, type Scene } from './play-pod.ts';

export interface PodInput {
  readonly name: string;
  /** Who made it; the template is that of `workload`. */
  readonly owner: KubeObject;
  readonly workload: KubeObject;
  /** The label that says of which rollout it is. */
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
}

/** A new pod, made from the template of its workload. */
export function podOf({ name, owner, workload, labels, node }: PodInput, scene: Scene): KubeObject {
  const template = at(workload, 'spec', 'template');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: namespaceOf(workload),
      labels: { ...textsAt(template, 'metadata', 'labels'), ...labels },
      annotations: textsAt(template, 'metadata', 'annotations'),
      ownerReferences: [ownerReference(owner)],
    },
    spec: { ...fieldsAt(template, 'spec'), nodeName: node },
    status: newPodStatus(scene),
  };
}

/** The nodes of the simulated cluster. */
export const nodes = ['node-1', 'node-2'] as const;

export function nodeFor(index: number): string {
  return nodes[index % nodes.length] ?? nodes[0];
}
