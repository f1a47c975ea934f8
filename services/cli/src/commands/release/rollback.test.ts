import type { RollbackView } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import { describe, expect, test } from 'vitest';

import { fakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';
import { artifactId, releaseId, releaseView } from '../../testing/views.ts';

const bad = 'main-9999999999-abcdef0123';
const back = releaseView({ environment: 'prod', intent: 'rollback' });

function view(changes: Partial<RollbackView> = {}): RollbackView {
  return {
    service: 'web',
    environment: 'prod',
    outcome: 'accepted',
    message: `prod goes back to ${artifactId}`,
    from: bad,
    to: {
      artifact: artifactId,
      branch: 'main',
      message: 'Carts have totals',
      release: releaseId,
      ended: 'healthy',
      ranFrom: '2026-11-19T09:00:00.000Z',
      ranUntil: '2026-11-21T08:00:00.000Z',
    },
    cancelled: [],
    held: true,
    quarantined: ['dev', 'prod'],
    notQuarantined: [],
    next: ['release-cli resume prod --service web', `release-cli quarantine ${bad} --lift`],
    ...changes,
  };
}

const line = ['rollback', 'prod', '--service', 'web'];
const reason = ['--reason', 'empty carts'];

function manager(done: RollbackView, plan: RollbackView = view()) {
  return fakeManager({
    planRollback: () => plan,
    requestRollback: () => done,
    showRelease: () => ({ ...back, state: 'committed', ended: true, says: 'in the config repo' }),
  });
}

test('says what it leaves, where it goes, what it stops and how that is lifted, and follows it to its end', async () => {
  const { fetch, calls } = manager(view({ release: back }));
  const { code, err, out } = await runInTest([...line, ...reason], { fetch });
  expect(code).toBe(0);
  expect(err.split('\n').slice(0, 7)).toEqual([
    `web in prod: prod goes back to ${artifactId}`,
    `  leaves  ${bad}`,
    `  back to ${artifactId} of main: "Carts have totals"`,
    '          was healthy there, since 2026-11-19T09:00:00.000Z (2 d ago), until 2026-11-21T08:00:00.000Z',
    '  holds automation in prod until somebody resumes it',
    `  quarantines ${bad} in dev, prod`,
    `  to lift: release-cli resume prod --service web ; release-cli quarantine ${bad} --lift`,
  ]);
  expect(out).toContain('committed');
  expect(calls.map(({ id }) => id)).toEqual(expect.arrayContaining(['planRollback', 'requestRollback', 'showRelease']));
  expect(calls.find(({ id }) => id === 'requestRollback')?.input).toMatchObject({ from: bad, reason: 'empty carts' });
});

test('a program gets all of it', async () => {
  const { fetch } = manager(view({ release: back }));
  const { out } = await runInTest([...line, ...reason, '--json'], { fetch });
  expect(JSON.parse(out)).toMatchObject({ outcome: 'accepted', held: true, release: { state: 'committed' } });
});

test('says where the caller could not quarantine, and what was still queued', async () => {
  const cancelled = [releaseView({ artifact: bad })];
  const done = view({ outcome: 'done', cancelled, notQuarantined: [{ environment: 'staging', why: 'ada may not' }] });
  const { code, err } = await runInTest([...line, ...reason], { fetch: manager(done, done).fetch });
  expect(code).toBe(0);
  expect(err).toContain(`  cancels ${bad} (${releaseId}), which was still queued`);
  expect(err).toContain('  not in staging: ada may not');
});

test('what changed between looking and doing is said', async () => {
  const already = view({
    outcome: 'already-there',
    message: 'prod already went back',
    release: { ...back, ended: true },
  });
  const { code, err } = await runInTest([...line, ...reason], { fetch: manager(already).fetch });
  expect(code).toBe(0);
  expect(err).toContain('prod already went back');
});

test('somebody else is on the way back already: theirs is followed, and nothing is asked for', async () => {
  const already = view({ outcome: 'already-there', message: 'prod is already on its way back', release: back });
  const { fetch, calls } = manager(view(), already);
  const { code, err } = await runInTest(line, { fetch });
  expect(code).toBe(0);
  expect(err).toContain('prod: prod is already on its way back');
  expect(calls.map(({ id }) => id)).not.toContain('requestRollback');
  expect(calls.map(({ id }) => id)).toContain('showRelease');
});

describe('why', () => {
  test('is asked for on a terminal, after it was shown where it goes', async () => {
    const { fetch, calls } = manager(view({ release: back }));
    const { err } = await runInTest(line, { fetch, terminal: true, typed: ' empty carts ' });
    expect(err.indexOf('goes back to')).toBeLessThan(err.indexOf('Why?'));
    expect(calls.find(({ id }) => id === 'requestRollback')?.input).toMatchObject({ reason: 'empty carts' });
  });

  test.each([{}, { terminal: true, typed: '' }])('is needed: %j', async (how) => {
    const { fetch, calls } = manager(view());
    const { code, err } = await runInTest(line, { fetch, ...how });
    expect(code).toBe(2);
    expect(err).toContain('--reason');
    expect(calls.map(({ id }) => id)).not.toContain('requestRollback');
  });
});

test('--dry-run shows and changes nothing; what would be denied is exit code 5', async () => {
  const { fetch, calls } = manager(view());
  const shown = await runInTest([...line, '--dry-run'], { fetch });
  expect([shown.code, calls.length]).toEqual([0, 1]);
  expect(shown.out).toContain(`back to ${artifactId}`);
  const denied = view({
    outcome: 'denied',
    message: 'its manifests were rejected',
    held: false,
    quarantined: [],
    next: [],
  });
  expect((await runInTest([...line, '--dry-run'], { fetch: manager(denied, denied).fetch })).code).toBe(5);
});

test.each([
  ['conflict', 'rollback.to-newer', 6],
  ['not-found', 'rollback.nothing-to-go-back-to', 7],
  ['denied', 'rollback.quarantined', 5],
  ['forbidden', 'access.forbidden', 5],
] as const)('a refusal as %s %s is exit code %i with the way out', async (kind, code, expected) => {
  const { fetch } = fakeManager({
    planRollback() {
      throw new AppError(kind, code, 'no way back', { next: 'another way' });
    },
  });
  const run = await runInTest([...line, '--to', artifactId], { fetch });
  expect(run.code).toBe(expected);
  expect(run.err).toContain('another way');
});

test('a decision against it is exit code 5', async () => {
  const release = releaseView({
    environment: 'prod',
    state: 'denied',
    ended: true,
    says: 'its manifests were rejected',
  });
  const denied = view({ outcome: 'denied', message: 'its manifests were rejected', release, held: false, next: [] });
  expect((await runInTest([...line, ...reason], { fetch: manager(denied).fetch })).code).toBe(5);
});

test('--to wants an artifact id', async () => {
  expect((await runInTest([...line, '--to', 'main'])).code).toBe(2);
});
