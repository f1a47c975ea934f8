import { stripVTControlCharacters } from 'node:util';

import type { ReleaseOutcome, ReleaseView } from '@release-manager/contract';
import { describe, expect, test } from 'vitest';

import { fakeManager, type FakeManager } from '../../testing/fake-manager.ts';
import { runInTest, type TestOptions, type TestRun } from '../../testing/run-in-test.ts';
import { screenAfter } from '../../testing/screen.ts';
import { clusterRollout, crashLog, releaseId, releaseView, workload } from '../../testing/views.ts';

const prodId = releaseId.replace(/1$/, '2');
const committed = releaseView({ state: 'committed', says: 'in the config repo; waits for Flux' });
const rolling = releaseView({ state: 'rolling-out', says: '3 of 5', rollout: { clusters: [clusterRollout()] } });
const healthy = releaseView({
  state: 'healthy',
  ended: true,
  says: 'healthy, 5 pods available',
  rollout: { clusters: [clusterRollout({ phase: 'healthy', says: 'healthy', workloads: [workload('web')] })] },
});
const why = {
  code: 'pod.crash-loop',
  object: 'Deployment shop/web',
  message: 'the container exited with 1, 3 restarts',
  pod: 'web-7f-abc',
  container: 'app',
  next: 'read its log',
};
const crashed = (log?: ReturnType<typeof crashLog>, cluster = 'default') =>
  clusterRollout({ cluster, phase: 'failed', why, ...(log === undefined ? {} : { log }) });
const failed = (...clusters: ReturnType<typeof crashed>[]): ReleaseView =>
  releaseView({
    state: 'failed',
    ended: true,
    says: 'Deployment shop/web: the container exited with 1',
    failure: { code: why.code, message: why.message },
    rollout: { clusters },
  });

/** A manager whose releases take the given steps, one with each look. */
function manager(...ways: readonly (readonly ReleaseView[])[]): FakeManager {
  const left = new Map(ways.map((steps) => [steps[0]?.id ?? '', [...steps]]));
  const outcomes = ways.flatMap(([first]): ReleaseOutcome[] =>
    first === undefined
      ? []
      : [{ environment: first.environment, outcome: 'accepted', release: first, message: 'queued' }],
  );
  return fakeManager({
    requestRelease: () => ({ requestId: 'req_1', outcomes }),
    showRelease(input) {
      const steps = left.get(String(input['id'])) ?? [];
      return (steps.length > 1 ? steps.shift() : steps[0]) ?? releaseView();
    },
  });
}

const run = (options: TestOptions, environments = 'dev'): Promise<TestRun> =>
  runInTest(['release', 'main', environments, '--service', 'web'], options);

/** With a sign for each escape character. */
const legible = (text: string): string => text.replaceAll('\u001B', '␛');

describe('on a terminal', () => {
  const terminal = { terminal: true } as const;

  test('the tree shows the pods of each workload, and stands there healthy in the end', async () => {
    const seen: string[] = [];
    const { fetch } = manager([committed, rolling, healthy]);
    let written = '';
    const { code, err } = await run({
      fetch,
      ...terminal,
      onText(text) {
        written += text;
        seen.push(screenAfter(written).join('\n'));
      },
    });
    expect(code).toBe(0);
    expect(seen).toContainEqual(
      expect.stringMatching(/^dev {2}rolling-out \d+ s {2}3 of 5\n {2}└ web {2}3\/5 rolling out/),
    );
    expect(screenAfter(err)).toEqual(['dev  healthy  healthy, 5 pods available', '  └ web  5/5 done']);
  });

  test('nothing is blank while it is redrawn: no line is erased before it is written again', async () => {
    const { fetch } = manager([committed, rolling, rolling, healthy]);
    const { err } = await run({ fetch, ...terminal });
    // Going up is followed by text, never by erasing what stands below.
    expect(legible(err)).toMatch(/␛\[\d+A␛\[1mdev/);
    expect(legible(err)).not.toMatch(/␛\[\d*[AH]␛\[[02]?[JK]/);
  });

  test('several clusters have a line each, with their workloads below', async () => {
    const clusters = [
      clusterRollout({ cluster: 'eu', phase: 'healthy', says: 'healthy', workloads: [workload('web')] }),
      clusterRollout({ cluster: 'us', workloads: [workload('web', { state: 'waiting', done: 0, says: 'not yet' })] }),
    ];
    const { fetch } = manager([releaseView({ ...rolling, rollout: { clusters } })]);
    const { err } = await runInTest(['release', 'main', 'dev', '--service', 'web', '--timeout', '5s'], {
      fetch,
      ...terminal,
    });
    const screen = screenAfter(err);
    expect(screen.slice(1, 5)).toEqual([
      '  ├ eu  healthy  healthy',
      '  │ └ web  5/5 done',
      '  └ us  rolling-out  Deployment web 3 of 5 updated pods are available',
      '    └ web  0/5 waiting  not yet',
    ]);
  });

  test('a narrow and low terminal shows what fits, and every line once', async () => {
    const many = Array.from({ length: 9 }, (_, index) => workload(`worker-with-a-long-name-${index}`));
    const wide = releaseView({ ...rolling, rollout: { clusters: [clusterRollout({ workloads: many })] } });
    const { fetch } = manager([wide, wide, healthy]);
    const { err } = await run({ fetch, ...terminal, size: { columns: 24, rows: 6 } });
    for (const line of err.split('\n')) expect(stripVTControlCharacters(line).length).toBeLessThan(24);
    expect(Math.max(...[...legible(err).matchAll(/␛\[(\d+)A/g)].map(([, up]) => Number(up)))).toBeLessThan(6);
    expect(screenAfter(err, 24)).toEqual(['dev  healthy  healthy,…', '  └ web  5/5 done']);
  });

  test('of many workloads the unfinished are shown, and the rest is counted', async () => {
    const many = Array.from({ length: 14 }, (_, index) =>
      workload(`w${index}`, index === 13 ? { state: 'rolling-out', done: 1 } : {}),
    );
    const { fetch } = manager([
      releaseView({ ...healthy, rollout: { clusters: [clusterRollout({ workloads: many })] } }),
    ]);
    const screen = screenAfter((await run({ fetch, ...terminal })).err);
    expect(screen[1]).toMatch(/├ w13 {2}1\/5 rolling out/);
    expect(screen.at(-1)).toBe('  └ 4 more, 4 of them done');
  });

  test('NO_COLOR redraws without a colour', async () => {
    const { fetch } = manager([committed, rolling, healthy]);
    const { err } = await run({ fetch, ...terminal, env: { NO_COLOR: '1' } });
    expect(legible(err)).not.toMatch(/␛\[\d+m/);
    expect(screenAfter(err)[1]).toBe('  └ web  5/5 done');
  });
});

describe('off a terminal', () => {
  test('one line per change of state or words, not per counter', async () => {
    const moved = releaseView({
      ...rolling,
      rollout: { clusters: [clusterRollout({ workloads: [workload('web', { state: 'rolling-out', done: 4 })] })] },
    });
    const { fetch } = manager([committed, rolling, moved, healthy]);
    const { code, err } = await run({ fetch });
    expect(code).toBe(0);
    expect(
      err
        .trim()
        .split('\n')
        .map((line) => line.replace(/^\S+ /, '')),
    ).toEqual([
      'dev committed in the config repo; waits for Flux',
      'dev rolling-out 3 of 5',
      'dev healthy healthy, 5 pods available',
    ]);
    expect(err).not.toContain('\u001B');
  });

  test('a failure prints what stands in the way and the log of the crash, and is 3', async () => {
    const { fetch } = manager([committed, failed(crashed(crashLog({ cut: true })))]);
    const { code, err } = await run({ fetch });
    expect(code).toBe(3);
    const [, , ...block] = err.split('\n');
    expect(block.join('\n')).toBe(`web in dev:
  pod.crash-loop Deployment shop/web: the container exited with 1, 3 restarts
    read its log
    log of shop/web-7f-abc container app, the run that died, 3 restarts, 2026-11-21T08:00:00Z
      … earlier lines were left out
        starting
        panic: no config
`);
  });

  test('the log is foreign: nothing in it reaches the terminal', async () => {
    const lines = ['\u001B[2Jgone', '\u001B]0;title\u0007x', 'a\rb\u009B31m', 'safe\u202Eevil'];
    const { fetch } = manager([failed(crashed(crashLog({ lines, pod: 'p\u001B[31m' })))]);
    const { err } = await run({ fetch, terminal: true, env: { NO_COLOR: '1' } });
    expect(
      screenAfter(err)
        .slice(-4)
        .map((line) => line.trim()),
    ).toEqual(['gone', 'x', 'a b', 'safeevil']);
    const own = /␛\[(\d+A|K|0J|\?7[hl])|\n/g;
    expect(legible(err).replaceAll(own, '')).not.toMatch(/[\p{Cc}\p{Cf}␛]/u);
  });

  test('a log that comes a moment after the crash is waited for', async () => {
    const { fetch } = manager([committed, failed(crashed()), failed(crashed()), failed(crashed(crashLog()))]);
    const { code, err } = await run({ fetch });
    expect(code).toBe(3);
    expect(err).toContain('panic: no config');
  });

  test('a log that never comes ends the following all the same', async () => {
    const { fetch } = manager([committed, failed(crashed())]);
    const { code, err } = await run({ fetch });
    expect(code).toBe(3);
    expect(err).toContain('pod.crash-loop');
    expect(err).not.toContain('log of');
  });

  test('each cluster that failed is named, and why there is no log', async () => {
    const gone = crashLog({ lines: [], unavailable: 'the container was not found' });
    const { fetch } = manager([failed(crashed(gone, 'eu'), crashed(crashLog({ cluster: 'us', lines: [] }), 'us'))]);
    const { err } = await run({ fetch });
    expect(err).toContain('pod.crash-loop Deployment shop/web in eu: ');
    expect(err).toContain('there is no log: the container was not found');
    expect(err).toContain('log of default: shop/web-7f-abc');
    expect(err).toContain('it printed nothing');
  });

  test('of two environments the worst code counts; what heals meanwhile is said to have recovered', async () => {
    const prod = (changes: Partial<ReleaseView>): ReleaseView =>
      releaseView({ id: prodId, environment: 'prod', ...changes });
    const ended = prod({ state: 'healthy', ended: true, says: 'healthy' });
    const healed = manager(
      [failed(crashed(crashLog())), failed(crashed(crashLog())), healthy],
      [prod({}), prod({}), prod({}), ended],
    );
    const first = await run({ fetch: healed.fetch }, 'dev,prod');
    expect(first.code).toBe(0);
    expect(first.err).toContain('dev recovered healthy, 5 pods available');
    const broken = manager([failed(crashed(crashLog()))], [prod({}), ended]);
    expect((await run({ fetch: broken.fetch }, 'dev,prod')).code).toBe(3);
  });

  test('committed where nobody reports is done, and says so', async () => {
    const says = 'in the config repo as 0123456789; no daemon reports for dev, so this is where it ends';
    const { fetch } = manager([releaseView({ state: 'committed', ended: true, says })]);
    const { code, err } = await run({ fetch });
    expect(code).toBe(0);
    expect(err).toContain('no daemon reports for dev');
  });

  test('a wait that times out says what it waited for', async () => {
    const waiting = clusterRollout({
      phase: 'waiting-for-flux',
      workloads: [],
      why: {
        code: 'flux.suspended',
        message: 'the Kustomization is suspended',
        next: 'flux resume kustomization dev-web',
      },
    });
    const { fetch } = manager([releaseView({ ...committed, rollout: { clusters: [waiting] } })]);
    const { code, err } = await runInTest(['release', 'main', 'dev', '--service', 'web', '--timeout', '30s'], {
      fetch,
    });
    expect(code).toBe(8);
    expect(err).toContain('flux.suspended: the Kustomization is suspended');
    expect(err).toContain('flux resume kustomization dev-web');
  });
});
