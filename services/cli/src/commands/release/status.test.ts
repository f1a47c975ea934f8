import type { EnvironmentStatus, ReleaseView } from '@release-manager/contract';
import { describe, expect, test } from 'vitest';

import { fakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';
import { screenAfter } from '../../testing/screen.ts';
import { artifactId, clusterRollout, ledgerEntry, releaseView, workload } from '../../testing/views.ts';

const why = { code: 'pod.image-pull', object: 'Deployment shop/web', message: 'web:2 is not there', next: 'push it' };
const rolling = releaseView({ state: 'rolling-out', says: '3 of 5', rollout: { clusters: [clusterRollout()] } });
const healthy = releaseView({
  state: 'healthy',
  ended: true,
  says: 'healthy, 5 pods available',
  rollout: { clusters: [clusterRollout({ phase: 'healthy', workloads: [workload('web')] })] },
});
const at = (environment: string, release?: ReleaseView): EnvironmentStatus => ({
  environment,
  pending: [],
  ...(release === undefined ? {} : { current: { artifact: artifactId, release } }),
});
const answering = (...environments: EnvironmentStatus[]) =>
  fakeManager({ showStatus: () => ({ items: [{ service: 'web', environments }] }) });
const rows = (out: string): string[] => out.trim().split('\n').slice(1);

describe('health', () => {
  test.each<readonly [string, ReleaseView]>([
    ['healthy 5/5', healthy],
    ['rolling-out 3/5', rolling],
    [
      'failed: pod.image-pull',
      releaseView({ ...rolling, state: 'failed', rollout: { clusters: [clusterRollout({ phase: 'failed', why })] } }),
    ],
    ['failed: push', releaseView({ state: 'failed', failure: { code: 'push', message: 'x' } })],
    ['committed – no daemon', releaseView({ state: 'committed', ended: true })],
    ['committed ', releaseView({ state: 'committed' })],
    [
      'incident 5/5: pod.image-pull',
      releaseView({
        ...healthy,
        rollout: { clusters: [clusterRollout({ phase: 'failed', why, workloads: [workload('web')] })] },
      }),
    ],
  ])('is %s', async (words, release) => {
    const { out } = await runInTest(['status', '--all'], answering(at('dev', release)));
    expect(rows(out)[0]).toContain(` ${words}`);
  });

  test('of all clusters; what stands in the way in one has a line with its name', async () => {
    const clusters = [
      clusterRollout({ cluster: 'eu', phase: 'healthy', workloads: [workload('web')] }),
      clusterRollout({ cluster: 'us', phase: 'waiting-for-flux', why, workloads: [workload('web', { done: 0 })] }),
    ];
    const { out } = await runInTest(
      ['status', '--all'],
      answering(at('prod', releaseView({ ...rolling, rollout: { clusters } }))),
    );
    expect(rows(out)[0]).toContain('rolling-out 5/10');
    expect(rows(out)[1]).toMatch(/! us Deployment shop\/web +waiting-for-flux .*pod.image-pull: web:2 is not there/);
  });

  test('for programs as the manager says it', async () => {
    const { out } = await runInTest(['status', '--all', '--json'], answering(at('dev', rolling), at('prod')));
    expect(JSON.parse(out)).toMatchObject([
      {
        environments: [
          { current: { release: { rollout: { clusters: [{ workloads: [{ done: 3, wanted: 5 }] }] } } } },
          { environment: 'prod' },
        ],
      },
    ]);
  });
});

describe('drift', () => {
  const drift = [
    {
      cluster: 'eu',
      object: 'Deployment shop/web',
      field: 'replicas',
      wanted: '2',
      live: '5',
      by: 'kubectl-edit',
      since: '2026-11-21T08:00:00Z',
    },
  ];
  const inClusters = (...clusters: string[]): EnvironmentStatus => {
    const rollout = { clusters: clusters.map((cluster) => clusterRollout({ cluster, phase: 'healthy' })) };
    return { ...at('dev', releaseView({ ...healthy, rollout })), drift };
  };

  test('has a line: what the cluster has, what is committed, and who made it so', async () => {
    const one = rows((await runInTest(['status', '--all'], answering(inClusters('eu')))).out);
    expect(one[1]).toMatch(/web +dev +≠ Deployment shop\/web +drift +kubectl-edit .* replicas is 5, committed is 2/);
    const two = rows((await runInTest(['status', '--all'], answering(inClusters('eu', 'us')))).out);
    expect(two[1]).toContain('≠ eu Deployment shop/web');
  });

  test('is there for programs, and in why', async () => {
    const { out } = await runInTest(['status', '--all', '--json'], answering(inClusters('eu')));
    expect(JSON.parse(out)).toMatchObject([{ environments: [{ drift }] }]);
    const status = inClusters('eu', 'us');
    const why = await runInTest(
      ['why', 'dev', '--service', 'web'],
      fakeManager({ explainEnvironment: () => ({ status, now: [], problems: [] }) }),
    );
    expect(why.out).toContain(
      'drift Deployment shop/web in eu: replicas is 5, committed is 2, set by kubectl-edit, since 2026-11-21T08:00:00Z',
    );
  });
});

test('--watch shows pods come up without an event, in place, and what happened below', async () => {
  const interrupt = new AbortController();
  const states = [rolling, rolling, healthy];
  const { fetch } = fakeManager({
    showStatus: () => ({
      items: [{ service: 'web', environments: [at('dev', states.length > 1 ? states.shift() : states[0])] }],
    }),
    async *followEvents(_, signal) {
      yield ledgerEntry('1', { cause: 'Flux applied it' });
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  });
  let written = '';
  const { code } = await runInTest(['status', '--service', 'web', '--watch'], {
    fetch,
    terminal: true,
    signal: interrupt.signal,
    onOut(text) {
      written += text;
      const screen = screenAfter(written).join('\n');
      if (screen.includes('healthy 5/5') && screen.includes('Flux applied it')) interrupt.abort();
    },
  });
  expect(code).toBe(130);
  const screen = screenAfter(written);
  expect(screen.filter((line) => line.startsWith('web'))).toHaveLength(1);
  expect(screen.at(-1)).toContain('web dev: Flux applied it');
});

describe('why', () => {
  const explaining = (status: EnvironmentStatus) =>
    fakeManager({ explainEnvironment: () => ({ status, now: [], problems: [] }) });

  test('says what a release waits for, and what to do', async () => {
    const clusters = [clusterRollout({ phase: 'waiting-for-flux', why, workloads: [] })];
    const release = releaseView({ state: 'committed', says: 'waits for Flux', rollout: { clusters } });
    const { out } = await runInTest(['why', 'dev', '--service', 'web'], explaining(at('dev', release)));
    expect(out.trim().split('\n')).toEqual([
      `web in dev: ${artifactId} committed waits for Flux`,
      '  pod.image-pull Deployment shop/web: web:2 is not there',
      '    push it',
    ]);
  });

  test('says how it is', async () => {
    const { out } = await runInTest(['why', 'dev', '--service', 'web'], explaining(at('dev', healthy)));
    expect(out.trim()).toBe(`web in dev: ${artifactId} healthy 5/5 healthy, 5 pods available`);
  });
});
