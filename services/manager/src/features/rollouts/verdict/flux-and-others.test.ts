import type { KustomizationFacts, OtherFacts, SourceFacts } from '@release-manager/contract';
import { describe, expect, test } from 'vitest';

import { deployment, gitRepository, kustomization, pod, ref } from '../facts.testing.ts';
import { commitOf } from './flux/revision.ts';
import { judgeCluster } from './judge-cluster.ts';
import { at, commit, expected, judgeUntil, older, release, subject } from './subject.testing.ts';
import { noMemory, type FluxFacts } from './subject.ts';

const behind = { lastAppliedRevision: `main@sha1:${older}`, lastAttemptedRevision: `main@sha1:${older}` };
const root = (more: Partial<KustomizationFacts> = {}): KustomizationFacts => ({
  ...kustomization('root', { path: './clusters/dev', ...more }),
  service: undefined,
});

function wait(flux: Partial<FluxFacts>, now = at(1)) {
  const verdict = judgeCluster(subject({ flux: { sources: [], ...flux } }, { now }));
  return { phase: verdict.phase, code: verdict.why?.code, hasNext: verdict.why?.next !== undefined };
}

describe('revisions', () => {
  test.each([
    [`main@sha1:${commit}`, commit],
    [`refs/heads/main@sha1:${commit}`, commit],
    [`main/${commit}`, commit],
    [`sha1:${commit}`, commit],
    [`latest@sha256:${'d'.repeat(64)}`, undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (revision, wanted) => {
    expect(commitOf(revision)).toBe(wanted);
  });
});

describe('what only waits for Flux', () => {
  const own = (more: Partial<KustomizationFacts> = {}): FluxFacts => ({
    kustomization: kustomization('web', { ...behind, ...more }),
    sources: [],
  });
  const notReady = (reason: string): FluxFacts =>
    own({
      conditions: [{ type: 'Ready', status: 'False', reason, message: 'x' }],
      lastAttemptedRevision: `main@sha1:${commit}`,
    });
  const source = (more: Partial<SourceFacts>): FluxFacts => ({ ...own(), sources: [gitRepository(more)] });

  test.each<readonly [string, Partial<FluxFacts>, string, boolean]>([
    ['has yet to look', own(), 'flux.waiting', false],
    ['ArtifactFailed', notReady('ArtifactFailed'), 'flux.artifact-failed', true],
    ['DependencyNotReady', notReady('DependencyNotReady'), 'flux.dependency', true],
    ['HealthCheckCanceled', notReady('HealthCheckCanceled'), 'flux.health-check-canceled', true],
    [
      'fails with an older commit',
      own({ conditions: [{ type: 'Ready', status: 'False', reason: 'BuildFailed' }] }),
      'flux.failing',
      true,
    ],
    ['suspended', own({ suspended: true }), 'flux.suspended', true],
    ['source suspended', source({ suspended: true }), 'flux.source-suspended', true],
    [
      'git is away',
      source({ conditions: [{ type: 'Ready', status: 'False', reason: 'GitOperationFailed', message: 'auth' }] }),
      'flux.source-failed',
      true,
    ],
    [
      'generator stalled',
      source({
        object: { ...gitRepository().object, kind: 'ArtifactGenerator' },
        conditions: [{ type: 'Stalled', status: 'True', message: 'bad folder' }],
      }),
      'flux.generator-stalled',
      true,
    ],
    ['nothing there, not even a root', {}, 'flux.no-root', true],
    ['root has yet to make it', { root: root(behind) }, 'flux.waiting', false],
    ['root suspended', { root: root({ suspended: true }) }, 'flux.suspended', true],
    [
      'deleted by hand',
      { kustomization: kustomization('web', { deleted: true }), root: root(behind) },
      'flux.waiting',
      false,
    ],
  ])('%s', (_what, flux, code, hasNext) => {
    expect(wait(flux)).toEqual({ phase: 'waiting-for-flux', code, hasNext });
  });

  test('and nothing of it fails a release, however long; a Flux that says nothing is stale', () => {
    expect(wait(notReady('ArtifactFailed'), at(100_000)).phase).toBe('waiting-for-flux');
    const { verdict, at: after } = judgeUntil(subject({ flux: own() }), 400);
    expect([verdict.why?.code, after]).toEqual(['flux.stale', 300]);
    expect(verdict.why?.next).toContain('flux reconcile kustomization dev-web -n flux-system');
  });

  test('what it says does not change by itself', () => {
    expect(wait(own(), at(10))).toEqual(wait(own(), at(20)));
  });
});

test('what Flux takes back for each try is not mended by that', () => {
  const tried = { lastAttemptedRevision: `main@sha1:${commit}`, lastAppliedRevision: `main@sha1:${older}` };
  const saying = (condition: KustomizationFacts['conditions'][number]): FluxFacts => ({
    kustomization: kustomization('web', { ...tried, conditions: [condition] }),
    sources: [],
  });
  const failing = saying({ type: 'Ready', status: 'False', reason: 'ReconciliationFailed', message: 'no matches' });
  const trying = saying({ type: 'Ready', status: 'Unknown', reason: 'Progressing' });
  const look = (flux: FluxFacts, seconds: number, memory = noMemory) =>
    judgeCluster(subject({ flux }, { now: at(seconds), memory }));
  const first = look(failing, 0);
  const between = look(trying, 61, first.memory);
  expect(between).toMatchObject({ phase: 'waiting-for-flux', why: { code: 'flux.apply-failed' } });
  expect(look(trying, 95, between.memory).phase).toBe('waiting-for-flux');
  expect(look(failing, 95, between.memory)).toMatchObject({ phase: 'failed', why: { code: 'flux.apply-failed' } });
  expect(look(trying, 0).why?.code).toBe('flux.waiting');
});

describe('applied', () => {
  const healthy = { workloads: [deployment('web', { release })], pods: [pod('web', 0), pod('web', 1)] };

  test('in the sliced layout it is the commit that the slice was cut from', () => {
    const sliced = kustomization('web', {
      lastAppliedRevision: `latest@sha256:${'d'.repeat(64)}`,
      lastAppliedOriginRevision: `main@sha1:${commit}`,
    });
    expect(judgeCluster(subject({ ...healthy, flux: { kustomization: sliced, sources: [] } }))).toMatchObject({
      phase: 'healthy',
      isApplied: true,
    });
  });

  test('a failing slice is found through its artifact, its history, or the time', () => {
    const digest = `latest@sha256:${'d'.repeat(64)}`;
    const failing = (more: Partial<KustomizationFacts>, since?: Date): KustomizationFacts =>
      kustomization('web', {
        lastAppliedOriginRevision: `main@sha1:${older}`,
        lastAttemptedRevision: digest,
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'BuildFailed',
            message: 'x',
            ...(since && { since: since.toISOString() }),
          },
        ],
        ...more,
      });
    const slice = gitRepository({ revision: digest, originRevision: `main@sha1:${commit}` });
    const phase = (flux: FluxFacts): string => judgeUntil(subject({ flux }), 60).verdict.phase;
    expect(phase({ kustomization: failing({}), sources: [slice] })).toBe('failed');
    expect(phase({ kustomization: failing({ lastAttemptedOriginRevision: `main@sha1:${commit}` }), sources: [] })).toBe(
      'failed',
    );
    expect(phase({ kustomization: failing({}, at(1)), sources: [] })).toBe('failed');
    expect(phase({ kustomization: failing({}, at(-1)), sources: [] })).toBe('waiting-for-flux');
  });

  test('a release that crashes fails also where Flux waits for it and so never says that it applied', () => {
    const waitsItself = kustomization('web', {
      ...behind,
      conditions: [{ type: 'Ready', status: 'Unknown', reason: 'Progressing' }],
    });
    const stuck = {
      ...deployment('web', {
        release,
        available: 0,
        ready: 0,
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
      }),
    };
    const { verdict } = judgeUntil(
      subject({ workloads: [stuck], flux: { kustomization: waitsItself, sources: [] } }),
      60,
    );
    expect(verdict).toMatchObject({ phase: 'failed', isApplied: false });
  });

  test('where Kustomizations cannot be read, the stamp is the proof', () => {
    const daemon = { heardAt: at(0), synced: true, isBehind: false, unwatched: ['Kustomization'] };
    expect(judgeCluster(subject({ ...healthy, daemon, flux: { sources: [] } })).phase).toBe('healthy');
    expect(judgeCluster(subject({ daemon, flux: { sources: [] } })).isApplied).toBe(false);
  });
});

describe('other kinds', () => {
  const widget = expected('Widget', 'w', 'example.com');
  const other = (more: Partial<OtherFacts>): OtherFacts => ({
    type: 'other',
    object: { ...ref('Widget', 'w'), group: 'example.com' },
    service: 'web',
    finalizers: [],
    conditions: [],
    ...more,
  });
  const judge = (others: OtherFacts[], seconds = 1) => judgeUntil(subject({ others }, { expected: [widget] }), seconds);
  const condition = (type: string, status: 'True' | 'False' | 'Unknown', message = 'm') => [{ type, status, message }];

  test.each<readonly [string, Partial<OtherFacts>, string]>([
    ['ready', { conditions: condition('Ready', 'True') }, 'healthy'],
    ['without conditions', {}, 'healthy'],
    ['not ready', { conditions: condition('Ready', 'False') }, 'rolling-out'],
    ['not observed', { generation: 2, observedGeneration: 1, conditions: condition('Ready', 'True') }, 'rolling-out'],
    ['reconciling', { conditions: condition('Reconciling', 'True') }, 'rolling-out'],
    ['being deleted', { terminating: '2026-03-01T12:00:00Z' }, 'rolling-out'],
  ])('%s', (_what, more, phase) => {
    expect(judge([other(more)]).verdict.phase).toBe(phase);
  });

  test('stalled fails after its grace; not ready does after a long time', () => {
    expect(judge([other({ conditions: condition('Stalled', 'True') })], 2000)).toMatchObject({
      verdict: { why: { code: 'other.stalled' } },
      at: 30,
    });
    expect(judge([other({ conditions: condition('Ready', 'False') })], 2000)).toMatchObject({
      verdict: { why: { code: 'other.not-ready' } },
      at: 900,
    });
  });

  test('a custom resource that was not seen yet is looked for, and not for ever', () => {
    expect(judge([], 5).verdict.phase).toBe('rolling-out');
    expect(judge([], 60)).toMatchObject({ verdict: { phase: 'healthy' }, at: 10 });
  });

  test('a claim may wait for its first pod', () => {
    const claim = expected('PersistentVolumeClaim', 'data', '');
    const facts = other({ object: ref('PersistentVolumeClaim', 'data'), phase: 'Pending' });
    expect(judgeUntil(subject({ others: [facts] }, { expected: [claim] }), 5000).verdict.phase).toBe('rolling-out');
  });
});
