import type { KubeObject, Scenario } from '@release-manager/testing/control-plane';

export interface WorkloadOptions {
  readonly name: string;
  readonly namespace: string;
  /** Default: 1. */
  readonly replicas?: number;
  readonly image?: string;
  /** What its pods do instead of becoming ready. */
  readonly scenario?: Scenario;
  /** Annotations of its pods: `ready-delay`, `run-for`. */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** Adds an init container. */
  readonly init?: boolean;
}

export function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** A Deployment with one container that has the name of the Deployment; pods have the label `app`. */
export function deployment(options: WorkloadOptions): KubeObject {
  const { name, namespace, replicas = 1 } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(options) },
  };
}

/** A Job that is tried once; its container has its name. */
export function job(options: WorkloadOptions): KubeObject {
  const { name, namespace } = options;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: { backoffLimit: 0, template: podTemplate(options, { restartPolicy: 'Never' }) },
  };
}

function podTemplate(
  { name, image = `${name}:1`, scenario, podAnnotations = {}, init = false }: WorkloadOptions,
  more: object = {},
): object {
  return {
    metadata: { labels: { app: name, ...(scenario === undefined ? {} : { scenario }) }, annotations: podAnnotations },
    spec: {
      ...more,
      ...(init ? { initContainers: [{ name: 'init', image }] } : {}),
      containers: [{ name, image }],
    },
  };
}
