import type { KustomizationFacts, PruneFacts } from '@release-manager/contract';
import { expect, test } from 'vitest';

import { kustomization } from '../facts.testing.ts';
import { judgeUndeploy } from './judge-undeploy.ts';
import { at, commit, older, subject } from './subject.testing.ts';
import type { FluxFacts } from './subject.ts';

const root = (revision: string): KustomizationFacts => ({
  ...kustomization('root', { path: './clusters/dev', lastAppliedRevision: `main@sha1:${revision}` }),
  service: undefined,
});
const child = kustomization('web', {
  lastAppliedRevision: `main@sha1:${older}`,
  inventory: ['shop_web_apps_Deployment'],
});
const gone = { ...child, deleted: true as const };
const prune = (more: Partial<PruneFacts>): PruneFacts => ({
  type: 'prune',
  object: child.object,
  entries: 3,
  remaining: [],
  unreadable: [],
  done: false,
  ...more,
});
const left = { id: 'shop_data__PersistentVolumeClaim', finalizers: ['kubernetes.io/pvc-protection'] };

function judge(flux: Partial<FluxFacts>, seconds = 1) {
  return judgeUndeploy(
    subject(
      { flux: { sources: [], ...flux } },
      { expected: [], now: at(seconds), memory: { signals: {}, progress: {}, appliedAt: at(0).toISOString() } },
    ),
  );
}

test.each<readonly [string, Partial<FluxFacts>, string, string]>([
  ['the root has yet to apply it', { root: root(older), kustomization: child }, 'waiting-for-flux', 'has yet to apply'],
  ['Flux takes it away', { root: root(commit), kustomization: child }, 'waiting-for-flux', 'on its way out'],
  [
    'it is suspended',
    { root: root(commit), kustomization: { ...child, suspended: true } },
    'waiting-for-flux',
    'is suspended',
  ],
  ['what it left is looked for', { root: root(commit), kustomization: gone }, 'rolling-out', 'looked for'],
  [
    'something is left',
    { root: root(commit), kustomization: gone, prune: prune({ remaining: [{ ...left, finalizers: [] }] }) },
    'rolling-out',
    '1 of 3 objects are left: PersistentVolumeClaim shop/data',
  ],
  [
    'something hangs',
    { root: root(commit), kustomization: gone, prune: prune({ remaining: [left] }) },
    'rolling-out',
    'hangs on the finalizer kubernetes.io/pvc-protection',
  ],
  [
    'all is gone',
    { root: root(commit), kustomization: gone, prune: prune({ done: true }) },
    'healthy',
    'gone, 3 objects',
  ],
  [
    'some cannot be read',
    { root: root(commit), kustomization: gone, prune: prune({ done: true, unreadable: ['_x_example.com_Widget'] }) },
    'healthy',
    'unchecked, since the daemon may not read them: Widget x',
  ],
])('%s', (_what, flux, phase, says) => {
  const verdict = judge(flux);
  expect(verdict.phase).toBe(phase);
  expect(verdict.says).toContain(says);
});

test('a service of which Flux never had anything is gone after a short look', () => {
  expect(judge({ root: root(commit) })).toMatchObject({ phase: 'rolling-out', nextLookAt: at(30) });
  expect(judge({ root: root(commit) }, 30).phase).toBe('healthy');
});
