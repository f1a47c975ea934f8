import { stripVTControlCharacters } from 'node:util';

import type { LedgerEntry, ReleaseOutcome, ReleaseView } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import { describe, expect, test } from 'vitest';

import { fakeManager, type FakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';
import { artifactId, ledgerEntry, releaseId, releaseView } from '../../testing/views.ts';

const accepted = (release: ReleaseView = releaseView()): ReleaseOutcome => ({
  environment: release.environment,
  outcome: 'accepted',
  release,
  message: 'queued',
});

/** A manager whose release takes the given steps, one with each look. */
function manager(steps: readonly ReleaseView[], outcomes: ReleaseOutcome[] = [accepted()]): FakeManager {
  const left = [...steps];
  return fakeManager({
    requestRelease: () => ({ requestId: 'req_1', outcomes }),
    showRelease() {
      const step = left.length > 1 ? left.shift() : left[0];
      return step ?? releaseView();
    },
  });
}

const healthy = releaseView({ state: 'healthy', ended: true, says: '3 of 3 pods run it' });

describe('following', () => {
  test('one line per change, the end on stdout, and what was asked for', async () => {
    const { fetch, calls } = manager([releaseView(), releaseView({ state: 'committed', says: 'pushed' }), healthy]);
    const { code, out, err } = await runInTest(['release', 'main', 'dev', '--service', 'web', '--reason', 'cart'], {
      fetch,
    });
    expect(code).toBe(0);
    expect(calls[0]).toMatchObject({
      id: 'requestRelease',
      token: 'Bearer rm_test_token',
      input: { service: 'web', branch: 'main', environments: ['dev'], reason: 'cart' },
    });
    const lines = err.trim().split('\n');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'dev queued waits for the writer',
      'dev committed pushed',
      'dev healthy 3 of 3 pods run it',
    ]);
    expect(out.split('\n')[1]).toMatch(/^dev +rel_0+1 +main-0123456789-abcdef0123 +healthy +3 of 3 pods run it$/);
  });

  test.each([
    ['failed', 3],
    ['denied', 5],
    ['superseded', 6],
    ['cancelled', 6],
    ['committed', 0],
  ] as const)('an end as %s is exit code %i', async (state, expected) => {
    const { fetch } = manager([releaseView({ state, ended: true, says: 'the end' })]);
    expect((await runInTest(['release', 'main', 'dev', '--service', 'web'], { fetch })).code).toBe(expected);
  });

  test('why it failed is said, with the way out', async () => {
    const failure = { code: 'image-pull', message: 'web:2 is not in the registry', next: 'push the image' };
    const { fetch } = manager([releaseView({ state: 'failed', ended: true, says: 'failed', failure })]);
    const { err } = await runInTest(['release', 'main', 'dev', '--service', 'web'], { fetch });
    expect(err).toContain('image-pull: web:2 is not in the registry');
    expect(err).toContain('push the image');
  });

  test('of several environments the worst code counts, and all are followed to their end', async () => {
    const id = releaseId.replace(/1$/, '2');
    const prod = releaseView({ id, environment: 'prod' });
    const ends: Record<string, ReleaseView> = {
      [releaseId]: healthy,
      [id]: releaseView({ ...prod, state: 'failed', ended: true, says: 'crash loop' }),
    };
    const { fetch } = fakeManager({
      requestRelease: () => ({ requestId: 'req_1', outcomes: [accepted(), accepted(prod)] }),
      showRelease: (input) => ends[String(input['id'])] ?? releaseView(),
    });
    const { code, err } = await runInTest(['release', 'main', 'dev,prod', '--service', 'web'], { fetch });
    expect(code).toBe(3);
    expect(err).toContain('dev healthy');
    expect(err).toContain('prod failed crash loop');
  });

  test('the wait times out with 8 and says how to come back', async () => {
    const { fetch } = manager([releaseView()]);
    const { code, err } = await runInTest(['release', 'main', 'dev', '--service', 'web', '--timeout', '90s'], {
      fetch,
    });
    expect(code).toBe(8);
    expect(err).toContain(`release-cli follow ${releaseId}`);
  });

  test('Ctrl-C detaches with 130 and says how to come back', async () => {
    const interrupt = new AbortController();
    const { fetch } = manager([releaseView()]);
    const { code, err } = await runInTest(['release', 'main', 'dev', '--service', 'web'], {
      fetch,
      signal: interrupt.signal,
      onText: (text) => text.includes('queued') && interrupt.abort(),
    });
    expect(code).toBe(130);
    expect(err).toContain('the release goes on without you');
    expect(err).toContain(`release-cli follow ${releaseId}`);
  });

  test('a manager that is away for a while does not end it', async () => {
    let asked = 0;
    const { fetch } = fakeManager({
      requestRelease: () => ({ requestId: 'req_1', outcomes: [accepted()] }),
      showRelease() {
        asked += 1;
        if (asked < 4) throw new AppError('unavailable', 'restarting', 'restarting');
        return healthy;
      },
    });
    expect((await runInTest(['release', 'main', 'dev', '--service', 'web'], { fetch })).code).toBe(0);
  });

  test('the stream goes on behind the last entry after a drop', async () => {
    let connections = 0;
    let looks = 0;
    const { fetch, calls } = fakeManager({
      requestRelease: () => ({ requestId: 'req_1', outcomes: [accepted()] }),
      showRelease() {
        looks += 1;
        return looks > 4 ? healthy : releaseView({ state: 'committed', says: 'pushed' });
      },
      async *followEvents(): AsyncGenerator<LedgerEntry> {
        connections += 1;
        await Promise.resolve();
        yield ledgerEntry(String(connections));
      },
    });
    expect((await runInTest(['release', 'main', 'dev', '--service', 'web'], { fetch })).code).toBe(0);
    const streams = calls.filter(({ id }) => id === 'followEvents').map(({ input }) => input['after']);
    expect(streams.slice(0, 3)).toEqual([undefined, '1', '2']);
  });

  test('on a terminal the line is painted over, and never longer than the terminal', async () => {
    const says = 'waits '.repeat(60);
    const { fetch } = manager([releaseView({ says }), healthy]);
    const { out, err } = await runInTest(['release', 'main', 'dev', '--service', 'web'], { fetch, terminal: true });
    expect(err).toContain('\u001B[1A');
    for (const line of err.split('\n')) expect(stripVTControlCharacters(line).length).toBeLessThan(100);
    expect(out).toBe('');
  });

  test('--no-wait returns at once, with the release for a program', async () => {
    const { fetch, calls } = manager([healthy]);
    const { code, out } = await runInTest(['release', 'main', 'dev', '--service', 'web', '--no-wait', '--json'], {
      fetch,
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([{ outcome: 'accepted', release: { id: releaseId } }]);
    expect(calls.map(({ id }) => id)).toEqual(['requestRelease']);
  });
});

test('a denial says which rule, where it stands and what to do, and is 5', async () => {
  const decision = {
    verdict: 'denied' as const,
    opinions: [
      {
        rule: 'branch-restriction',
        verdict: 'denies' as const,
        explanation: 'only main goes to prod',
        source: { file: 'release-manager.yaml', line: 12 },
        next: 'merge it to main',
      },
    ],
  };
  const release = releaseView({ state: 'denied', ended: true, says: 'denied', decision });
  const { fetch } = manager([], [{ environment: 'prod', outcome: 'denied', release, message: 'denied by a policy' }]);
  const { code, err } = await runInTest(['release', 'x', 'prod', '--service', 'web'], { fetch });
  expect(code).toBe(5);
  expect(err).toContain('branch-restriction: only main goes to prod (release-manager.yaml:12)');
  expect(err).toContain('merge it to main');
});

test('what is there already is done', async () => {
  const { fetch } = manager([], [{ environment: 'dev', outcome: 'already-there', message: 'it is there already' }]);
  expect((await runInTest(['release', 'main', 'dev', '--service', 'web'], { fetch })).code).toBe(0);
});

test('what is on its way already is followed to its end', async () => {
  const release = releaseView({ state: 'committed' });
  const { fetch } = manager(
    [healthy],
    [{ environment: 'dev', outcome: 'already-there', release, message: 'already on its way' }],
  );
  const { code, err } = await runInTest(['release', 'main', 'dev', '--service', 'web'], { fetch });
  expect(code).toBe(0);
  expect(err).toMatch(/^dev: already on its way\n.* dev committed .*\n.* dev healthy 3 of 3 pods run it\n$/);
});

test('what is there already and has failed there is no success', async () => {
  const failure = { code: 'pod.image-pull', message: 'web:2 is not in the registry' };
  const release = releaseView({ state: 'failed', ended: true, failure });
  const { fetch } = manager([], [{ environment: 'dev', outcome: 'already-there', release, message: 'it is there' }]);
  const { code, err } = await runInTest(['release', 'main', 'dev', '--service', 'web'], { fetch });
  expect(code).toBe(3);
  expect(err).toContain('pod.image-pull: web:2 is not in the registry');
  expect(err).toContain('release-cli rollback dev');
});

test('--dry-run shows decision, files, diff and commit, and asks for nothing', async () => {
  const { fetch, calls } = fakeManager({
    planRelease: () => ({
      plans: [
        {
          environment: 'prod',
          artifact: artifactId,
          decision: { verdict: 'allowed', opinions: [] },
          alreadyThere: false,
          problems: [],
          files: [{ path: 'prod/releases/shop/web/web.yaml', change: 'changed' }],
          objects: [
            { change: 'changed', object: 'Deployment/shop/web', diff: '-  image: web:1\n+  image: web:2\u001B[2J\n' },
          ],
          commitMessage: '[prod/web] release\n\nService: web\n',
        },
      ],
    }),
  });
  const { code, out } = await runInTest(
    ['release', '--artifact', artifactId, 'prod', '--service', 'web', '--dry-run'],
    { fetch },
  );
  expect(code).toBe(0);
  expect(out).toContain(`prod: ${artifactId} would be allowed`);
  expect(out).toContain('-  image: web:1\n+  image: web:2\n');
  expect(out).toContain('  Service: web\n');
  expect(calls.map(({ id }) => id)).toEqual(['planRelease']);
});

test.each([
  [['release', 'main', '--service', 'web'], 'Into which environment'],
  [['release', '--artifact', artifactId, 'main', 'dev', '--service', 'web'], 'not both'],
  [['release', '--artifact', '../x', 'dev', '--service', 'web'], 'no artifact id'],
  [['release', 'main', 'dev,,prod', '--service', 'web'], 'empty name'],
  [['release', 'main', 'dev', '--timeout', 'soon', '--service', 'web'], '--timeout needs a time'],
  [['status', '-o', 'xml'], '-o knows'],
  [['artifact', 'show', 'xx'], 'no artifact id: one looks like'],
])('%j is exit code 2', async (argv, says) => {
  const { code, err } = await runInTest(argv);
  expect(code).toBe(2);
  expect(err).toContain(says);
});

test.each([[['release', 'main', 'dev']], [['why', 'dev']], [['policy', 'list']]])(
  '%j before login names login, not the service',
  async (argv) => {
    const env = { RELEASE_MANAGER_URL: '', RELEASE_MANAGER_TOKEN: '' };
    const { code, err } = await runInTest(argv, { env, cwd: '/' });
    expect(code).toBe(4);
    expect(err).toContain('release-cli login');
  },
);

test.each([
  ['unauthenticated', 4],
  ['forbidden', 5],
  ['not-found', 7],
  ['conflict', 6],
  ['invalid', 1],
] as const)('a refusal of the manager as %s is exit code %i, with what to do and no stack', async (kind, expected) => {
  const { fetch } = fakeManager({
    requestRelease() {
      throw new AppError(kind, 'some.code', 'It cannot be.', { next: 'do this' });
    },
  });
  const { code, err } = await runInTest(['release', 'main', 'dev', '--service', 'web'], { fetch });
  expect(code).toBe(expected);
  expect(err).toBe('error: It cannot be.\n  do this\n');
});

test('a program that asks for JSON gets its errors as JSON', async () => {
  const { code, out, err } = await runInTest(['status', '--service', 'web', '--json']);
  expect(code).toBe(1);
  expect(out).toBe('');
  expect(JSON.parse(err)).toMatchObject({ error: { kind: 'unavailable', code: 'client.unreachable' } });
});
