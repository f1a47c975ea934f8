import type {
  ArtifactSpec,
  ArtifactView,
  ClusterRollout,
  CrashLogView,
  LedgerEntry,
  ReleaseView,
} from '@release-manager/contract';

const at = '2026-11-21T08:00:00Z';
export const releaseId = `rel_${'0'.repeat(25)}1`;
export const artifactId = 'main-0123456789-abcdef0123';

export function releaseView(changes: Partial<ReleaseView> = {}): ReleaseView {
  return {
    id: releaseId,
    requestId: 'req_1',
    service: 'web',
    environment: 'dev',
    artifact: artifactId,
    intent: 'branch',
    automatic: false,
    state: 'queued',
    ended: false,
    says: 'waits for the writer',
    actor: { kind: 'person', name: 'ada' },
    requestedAt: at,
    updatedAt: at,
    ...changes,
  };
}

export function artifactView(spec: ArtifactSpec, changes: Partial<ArtifactView> = {}): ArtifactView {
  return {
    id: spec.id,
    service: spec.service,
    branch: spec.source.branch,
    sha: spec.source.sha,
    state: 'ready',
    problems: [],
    environments: { dev: { state: 'ready', files: 1, problems: [], warnings: [] } },
    spec,
    registeredBy: { kind: 'ci', name: 'ci:web' },
    registeredAt: at,
    ...changes,
  };
}

export function ledgerEntry(id: string, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id,
    at,
    kind: 'release.committed',
    actor: { kind: 'manager', name: 'release-manager' },
    service: 'web',
    environment: 'dev',
    release: releaseId,
    cause: 'pushed to the config repo',
    details: {},
    ...changes,
  };
}

/** What one cluster made of a release: two of five pods are missing. */
export function clusterRollout(changes: Partial<ClusterRollout> = {}): ClusterRollout {
  return {
    cluster: 'default',
    phase: 'rolling-out',
    says: 'Deployment web 3 of 5 updated pods are available',
    since: at,
    workloads: [workload('web', { state: 'rolling-out', done: 3, says: '3 of 5 updated pods are available' })],
    ...changes,
  };
}

export function workload(name: string, changes: Partial<ClusterRollout['workloads'][number]> = {}) {
  return {
    kind: 'Deployment',
    namespace: 'shop',
    name,
    state: 'done',
    done: 5,
    wanted: 5,
    says: '',
    ...changes,
  } as const;
}

export function crashLog(changes: Partial<CrashLogView> = {}): CrashLogView {
  return {
    cluster: 'default',
    namespace: 'shop',
    pod: 'web-7f-abc',
    container: 'app',
    restarts: 3,
    stream: 'previous',
    lines: ['starting', 'panic: no config'],
    cut: false,
    seenAt: at,
    ...changes,
  };
}
