import type { WhereEnvironment, WhereView } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import { describe, expect, test } from 'vitest';

import { fakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';
import { artifactId, clusterRollout, releaseView, workload } from '../../testing/views.ts';

/** Hops one after another, the first at 08:00. */
const hops = (...steps: readonly (readonly [string, number])[]) => {
  let time = Date.parse('2026-11-21T08:00:00Z');
  return steps.map(([name, seconds]) => {
    time += seconds * 1000;
    return { name, at: new Date(time).toISOString(), seconds };
  });
};

const way = (environments: WhereEnvironment[], changes: Partial<WhereView> = {}): WhereView => ({
  artifact: artifactId,
  service: 'web',
  branch: 'main',
  sha: '0123456789'.repeat(4),
  state: 'ready',
  author: 'Grace H.',
  message: 'cart: totals',
  hops: hops(['built', 125], ['registered', 2.04], ['ready', 0.5]),
  environments,
  ...changes,
});
const commit = 'c'.repeat(40);
const there = { isThere: true, there: artifactId, state: 'ready' } as const;
const toCommitted = [
  ['requested', 1],
  ['queued', 0],
  ['committed', 0.4],
] as const;

async function lines(...ways: WhereView[]): Promise<string[]> {
  const { fetch } = fakeManager({ showWhere: () => ({ items: ways }) });
  const { out } = await runInTest(['where', '0123456'], { fetch });
  return out.trimEnd().split('\n');
}

test('shows the way of a commit with the time of each hop', async () => {
  const shown = await lines(
    way([
      {
        ...there,
        environment: 'dev',
        hops: hops(...toCommitted, ['applied', 3], ['rolling-out', 1], ['healthy', 12]),
        release: releaseView({
          state: 'healthy',
          ended: true,
          commit,
          rollout: { clusters: [clusterRollout({ phase: 'healthy', workloads: [workload('web')] })] },
        }),
      },
      {
        ...there,
        environment: 'staging',
        hops: hops(...toCommitted, ['applied', 3], ['rolling-out', 1]),
        release: releaseView({ state: 'rolling-out', commit, rollout: { clusters: [clusterRollout()] } }),
      },
      { environment: 'prod', state: 'ready', isThere: false, hops: [] },
    ]),
  );
  expect(shown).toEqual([
    `web  ${artifactId}  main 0123456789`,
    '  Grace H.: cart: totals',
    '  built 2 min 5 s → registered 2 s → ready 0.5 s, 57 min ago',
    '  dev      committed 0.4 s → applied 3 s → rolling-out 1 s → healthy 5/5 12 s, by ada, 59 min ago',
    '  staging  committed 0.4 s → applied 3 s → rolling-out 3/5 1 s, by ada, 59 min ago',
    '  prod     not released',
  ]);
});

describe('an environment', () => {
  const only = async (each: Omit<WhereEnvironment, 'environment'>): Promise<string[]> =>
    (await lines(way([{ environment: 'dev', ...each }]))).slice(3);

  test('that it failed in says what stands in the way', async () => {
    const why = {
      code: 'pod.image-pull',
      object: 'Deployment shop/web',
      message: 'web:2 is not there',
      next: 'push it',
    };
    const rollout = { clusters: [clusterRollout({ phase: 'failed', why })] };
    const release = releaseView({ state: 'failed', ended: true, commit, rollout });
    expect(await only({ ...there, hops: hops(...toCommitted, ['failed', 60]), release })).toEqual([
      '  dev  committed 0.4 s → failed: pod.image-pull 1 min, by ada, 58 min ago',
      '    pod.image-pull Deployment shop/web: web:2 is not there',
      '      push it',
    ]);
  });

  test('where something else took its place says what', async () => {
    const release = releaseView({ state: 'committed', ended: true, commit });
    const [line] = await only({ ...there, isThere: false, there: 'other', hops: hops(...toCommitted), release });
    expect(line).toBe('  dev  committed – no daemon 0.4 s, by ada, 59 min ago; now there is other');
  });

  test('that it waits for says for what', async () => {
    const release = releaseView({ state: 'committed', says: 'waits for Flux', commit });
    const [line] = await only({ ...there, hops: hops(...toCommitted), release });
    expect(line).toContain('committed 0.4 s: waits for Flux, by ada');
  });

  test.each([
    ['rejected', 'rejected'],
    ['absent', 'not in this artifact'],
    ['unknown', 'not verified yet'],
  ] as const)('of which its manifests are %s says so', async (state, says) => {
    expect((await only({ state, isThere: false, hops: [] }))[0]).toContain(`dev  ${says}`);
  });
});

test('several artifacts of a commit are all shown, and several commits are told apart', async () => {
  const { fetch, calls } = fakeManager({
    showWhere: ({ cursor }) =>
      cursor === undefined
        ? { items: [way([])], nextCursor: '7' }
        : { items: [way([], { service: 'api', sha: 'f'.repeat(40) })] },
  });
  const { out, err } = await runInTest(['where', 'ABCDEF0', '--service', 'web'], { fetch });
  expect(out).toContain('\napi  ');
  expect(err).toContain('2 commits begin with abcdef0');
  expect(calls[0]?.input).toMatchObject({ what: 'abcdef0', service: 'web' });
  const json = await runInTest(['where', artifactId, '-o', 'json'], { fetch });
  expect(JSON.parse(json.out)).toMatchObject([{ service: 'web' }, { service: 'api' }]);
});

test('what nobody knows is 7, and what cannot be is 2', async () => {
  const { fetch } = fakeManager({
    showWhere() {
      throw new AppError('not-found', 'where.not-found', 'No artifact was made from it.');
    },
  });
  expect((await runInTest(['where', '0123456'], { fetch })).code).toBe(7);
  const { code, err } = await runInTest(['where', 'main'], { fetch });
  expect(code).toBe(2);
  expect(err).toContain('neither a commit');
});
