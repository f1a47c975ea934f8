import type {
  ContainerFacts,
  CrashLog,
  DaemonFacts,
  KustomizationFacts,
  ObjectRef,
  PodFacts,
  SourceFacts,
  WarningFacts,
  WorkloadFacts,
} from '@release-manager/contract';

/** Observations as a daemon would send them, with what the tests do not speak of filled in. */
const at = '2026-03-01T12:00:00Z';

export const daemonFacts: DaemonFacts = {
  version: '1.0.0',
  synced: true,
  canPoke: true,
  hasExternalArtifacts: false,
  hasArtifactGenerators: false,
  unwatched: [],
  backlog: 0,
};

export function ref(kind: string, name: string, more: Partial<ObjectRef> = {}): ObjectRef {
  const group =
    { Deployment: 'apps', StatefulSet: 'apps', DaemonSet: 'apps', Job: 'batch', CronJob: 'batch' }[kind] ?? '';
  return {
    group,
    kind,
    namespace: 'shop',
    name,
    uid: `uid-${kind.toLowerCase()}-${name}`,
    resourceVersion: '100',
    ...more,
  };
}

export function deployment(
  name: string,
  more: Partial<WorkloadFacts> & { readonly release?: string; readonly resourceVersion?: string } = {},
): WorkloadFacts {
  const { release, resourceVersion = '100', ...facts } = more;
  return {
    type: 'workload',
    object: ref('Deployment', name, { resourceVersion }),
    stamp: { service: name, ...(release === undefined ? {} : { release }) },
    createdAt: at,
    generation: 1,
    observedGeneration: 1,
    desired: 2,
    current: 2,
    updated: 2,
    ready: 2,
    available: 2,
    strategy: 'RollingUpdate',
    updateRevision: 'r1',
    images: [{ container: 'app', image: `example/${name}:1` }],
    conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
    ...facts,
  };
}

export function container(more: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    name: 'app',
    image: 'example/app:1',
    role: 'main',
    ready: true,
    restarts: 0,
    running: { startedAt: at },
    ...more,
  };
}

/** A container that died and waits to be started again. */
export function crashed(restarts: number, more: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    name: 'app',
    image: 'example/app:1',
    role: 'main',
    ready: false,
    restarts,
    waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' },
    last: { exitCode: 1, reason: 'Error', finishedAt: at },
    ...more,
  };
}

/** A container that never started. */
export function waiting(reason: string, message: string, more: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    name: 'app',
    image: 'example/app:1',
    role: 'main',
    ready: false,
    restarts: 0,
    waiting: { reason, message },
    ...more,
  };
}

export function pod(
  workload: string,
  index: number,
  more: Partial<PodFacts> & { readonly kind?: string; readonly resourceVersion?: string } = {},
): PodFacts {
  const { kind = 'Deployment', resourceVersion = '100', ...facts } = more;
  const containers = facts.containers ?? [container()];
  return {
    type: 'pod',
    object: ref('Pod', `${workload}-${index}`, { resourceVersion }),
    service: workload,
    createdAt: at,
    workload: { kind, name: workload, uid: `uid-${kind.toLowerCase()}-${workload}` },
    revision: 'r1',
    phase: 'Running',
    ready: containers.every(({ ready }) => ready),
    containers,
    ...facts,
  };
}

export function kustomization(
  service: string,
  more: Partial<KustomizationFacts> & { readonly resourceVersion?: string } = {},
): KustomizationFacts {
  const { resourceVersion = '100', ...facts } = more;
  return {
    type: 'kustomization',
    object: {
      ...ref('Kustomization', `dev-${service}`, { resourceVersion, namespace: 'flux-system' }),
      group: 'kustomize.toolkit.fluxcd.io',
    },
    service,
    environment: 'dev',
    generation: 1,
    observedGeneration: 1,
    suspended: false,
    path: `./dev/releases/shop/${service}`,
    source: { kind: 'GitRepository', namespace: 'flux-system', name: 'flux-system' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded' }],
    inventory: [],
    ...facts,
  };
}

export function gitRepository(more: Partial<SourceFacts> = {}): SourceFacts {
  return {
    type: 'source',
    object: {
      ...ref('GitRepository', 'flux-system', { namespace: 'flux-system' }),
      group: 'source.toolkit.fluxcd.io',
    },
    generation: 1,
    observedGeneration: 1,
    suspended: false,
    conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded' }],
    ...more,
  };
}

export function warning(
  about: { readonly kind: string; readonly name: string },
  reason: string,
  message: string,
  more: Partial<WarningFacts> = {},
): WarningFacts {
  return {
    type: 'warning',
    object: ref('Event', `${about.name}.${reason.toLowerCase()}`),
    about: { ...about, namespace: 'shop', uid: `uid-${about.kind.toLowerCase()}-${about.name}` },
    reason,
    message,
    count: 1,
    lastAt: at,
    ...more,
  };
}

export function crashLog(service: string, more: Partial<CrashLog> = {}): CrashLog {
  return {
    type: 'crash-log',
    pod: ref('Pod', `${service}-0`),
    service,
    container: 'app',
    restarts: 1,
    stream: 'previous',
    lines: ['panic: no database'],
    cut: false,
    ...more,
  };
}
