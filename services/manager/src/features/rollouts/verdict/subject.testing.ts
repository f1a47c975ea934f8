import { kustomization } from '../facts.testing.ts';
import type { ClusterVerdict } from './cluster-verdict.ts';
import { judgeCluster } from './judge-cluster.ts';
import { noMemory, type ClusterFacts, type ExpectedObject, type Subject } from './subject.ts';

export const commit = 'c'.repeat(40);
export const older = 'a'.repeat(40);
export const release = 'rel_now';

export const at = (seconds: number): Date => new Date(Date.UTC(2026, 2, 1, 12) + seconds * 1000);

export function expected(kind: string, name = 'web', apiGroup?: string): ExpectedObject {
  const group = { Job: 'batch', CronJob: 'batch', Pod: '', ConfigMap: '' }[kind] ?? 'apps';
  return { apiGroup: apiGroup ?? group, kind, namespace: 'shop', name };
}

const appliedKustomization = kustomization('web', { lastAppliedRevision: `main@sha1:${commit}` });

/** A release of one Deployment that Flux has applied; what a test does not say is as it should be. */
export function subject(facts: Partial<ClusterFacts> = {}, more: Partial<Subject> = {}): Subject {
  const now = more.now ?? at(0);
  return {
    releaseId: release,
    service: 'web',
    environment: 'dev',
    cluster: 'eu',
    expected: [expected('Deployment')],
    commit,
    committedAt: at(0),
    contains: (revision) => revision?.includes(commit) ?? false,
    memory: noMemory,
    now,
    ...more,
    facts: {
      daemon: { heardAt: now, synced: true, isBehind: false, unwatched: [] },
      workloads: [],
      pods: [],
      warnings: [],
      others: [],
      flux: { kustomization: appliedKustomization, sources: [] },
      ...facts,
    },
  };
}

/** Looks again and again at the same facts, as a judge would: at once, when the verdict asks for it, and at the end. */
export function judgeUntil(first: Subject, seconds: number): { readonly verdict: ClusterVerdict; readonly at: number } {
  let now = at(0);
  let { memory } = first;
  for (;;) {
    const { daemon } = first.facts;
    const looking = { ...first, now, memory, facts: { ...first.facts, daemon: daemon && { ...daemon, heardAt: now } } };
    const verdict = judgeCluster(looking);
    const elapsed = (now.getTime() - at(0).getTime()) / 1000;
    const next = verdict.nextLookAt;
    if (verdict.phase === 'failed' || verdict.phase === 'healthy' || next === undefined || next > at(seconds))
      return { verdict, at: elapsed };
    memory = verdict.memory;
    now = next;
  }
}
