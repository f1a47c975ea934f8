import type { HoldView, QuarantineView } from '@release-manager/contract';
import { describe, expect, it } from 'vitest';

import { fakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';
import { artifactId, releaseView } from '../../testing/views.ts';

const now = () => new Date('2026-03-01T12:00:00Z');
const stop = {
  service: 'web',
  environment: 'prod',
  reason: 'orders fail',
  actor: { kind: 'person', name: 'ada' },
  since: '2026-03-01T10:00:00Z',
  ageSeconds: 7200,
  provisional: false,
  says: 'prod is held since 10:00 by ada: orders fail',
} as const;
const held: HoldView = { ...stop, id: 'hold_1' };
const bad: QuarantineView = { ...stop, artifact: artifactId };
const waiting = releaseView({ automatic: true, intent: 'auto', state: 'waiting', environment: 'prod' });
const input = ({ calls }: ReturnType<typeof fakeManager>) => calls.map((call) => call.input);

describe('hold', () => {
  const manager = () =>
    fakeManager({ setHold: () => ({ hold: held, onTheirWay: [], message: 'prod is held until somebody resumes it' }) });

  it('sends reason and end, and says what it did', async () => {
    const fake = manager();
    const line = ['hold', 'prod', '--service', 'web', '--until', '2h', '--reason', 'orders fail'];
    const { code, out, err } = await runInTest(line, { fetch: fake.fetch, now });
    expect(code).toBe(0);
    expect(input(fake)).toEqual([
      { service: 'web', environment: 'prod', reason: 'orders fail', until: '2026-03-01T14:00:00.000Z' },
    ]);
    expect(err).toContain('prod is held until somebody resumes it');
    expect(out).toContain('2 h ago');
  });

  it('asks why on a terminal, and wants to be told off one', async () => {
    const fake = manager();
    const line = ['hold', 'prod', '--service', 'web'];
    expect((await runInTest(line, { fetch: fake.fetch, now })).code).toBe(2);
    expect(fake.calls).toEqual([]);
    await runInTest(line, { fetch: fake.fetch, now, terminal: true, typed: 'orders fail' });
    expect(input(fake)).toMatchObject([{ reason: 'orders fail' }]);
  });

  it('list shows how old each is, and asks for stale ones', async () => {
    const fake = fakeManager({ listHolds: () => ({ items: [held] }) });
    const { code, out } = await runInTest(['hold', 'list', '--stale'], { fetch: fake.fetch, now });
    expect(code).toBe(0);
    expect(input(fake)).toMatchObject([{ stale: true }]);
    expect(out).toContain('somebody resumes');
  });
});

describe('resume <environment>', () => {
  const manager = (holds: HoldView[] = [held]) =>
    fakeManager({
      liftHold: ({ dryRun }) => ({
        holds,
        resumed: dryRun !== true && holds.length > 0,
        releases: holds.length === 0 ? [] : [waiting],
        stays: [],
        message: holds.length === 0 ? 'prod is not held' : `${artifactId} goes out`,
      }),
    });
  const line = ['resume', 'prod', '--service', 'web'];
  const target = { service: 'web', environment: 'prod' };

  it('says what goes out before it does it', async () => {
    const fake = manager();
    const { code, err } = await runInTest(line, { fetch: fake.fetch, terminal: true, typed: 'y' });
    expect(code).toBe(0);
    expect(err).toContain('orders fail');
    expect(err).toContain(`Resume prod, which sends out ${artifactId}? [y/N]`);
    expect(input(fake)).toEqual([{ ...target, dryRun: true }, target]);
  });

  it.each([
    ['the answer is no', [], { terminal: true, typed: 'n' }, 1],
    ['only asked what would be', ['--dry-run'], {}, 0],
  ])('changes nothing when %s', async (_, more, world, expected) => {
    const fake = manager();
    const { code } = await runInTest([...line, ...more], { fetch: fake.fetch, ...world });
    expect(code).toBe(expected);
    expect(input(fake)).toEqual([{ ...target, dryRun: true }]);
  });

  it('has nothing to do where nothing is held', async () => {
    const fake = manager([]);
    const { code, err } = await runInTest(line, { fetch: fake.fetch });
    expect(code).toBe(0);
    expect(err).toContain('prod is not held');
    expect(fake.calls).toHaveLength(1);
  });

  it('does not take an environment and --all', async () => {
    expect((await runInTest([...line, '--all'], { fetch: manager().fetch })).code).toBe(2);
  });
});

describe('quarantine', () => {
  const manager = () =>
    fakeManager({
      quarantineArtifact: () => ({
        quarantines: [bad],
        denied: [waiting],
        onTheirWay: [],
        currentIn: [],
        message: `${artifactId} may not be released to prod any more`,
      }),
      liftQuarantine: () => ({ lifted: [bad], message: `${artifactId} may be released to prod again` }),
      listQuarantines: () => ({ items: [bad] }),
    });

  it('sets one with its reason, and says what was denied', async () => {
    const fake = manager();
    const line = ['quarantine', artifactId, '--reason', 'orders fail', '--env', 'dev,prod'];
    const { code, err } = await runInTest(line, { fetch: fake.fetch, now });
    expect(code).toBe(0);
    expect(input(fake)).toEqual([{ id: artifactId, reason: 'orders fail', environments: ['dev', 'prod'] }]);
    expect(err).toContain(`${waiting.id} was on its way to prod and is denied`);
  });

  it('lifts one, and lists them', async () => {
    const fake = manager();
    expect((await runInTest(['quarantine', artifactId, '--lift'], { fetch: fake.fetch, now })).code).toBe(0);
    const { out } = await runInTest(['quarantine', 'list', '--service', 'web'], { fetch: fake.fetch, now });
    expect(out).toContain('orders fail');
    expect(fake.calls.map(({ id }) => id)).toEqual(['liftQuarantine', 'listQuarantines']);
  });

  it('wants an artifact id', async () => {
    const fake = manager();
    expect((await runInTest(['quarantine', 'main', '--reason', 'x'], { fetch: fake.fetch })).code).toBe(2);
    expect(fake.calls).toEqual([]);
  });
});

describe('what is stopped', () => {
  const target = { environment: 'prod', pending: [], hold: held, quarantines: [{ ...bad, says: 'it is quarantined' }] };

  it('has its lines in status', async () => {
    const fake = fakeManager({ showStatus: () => ({ items: [{ service: 'web', environments: [target] }] }) });
    const { out } = await runInTest(['status', '--service', 'web'], { fetch: fake.fetch, now });
    expect(out).toMatch(/web +prod +‖ +held +ada +2 h ago +orders fail/);
    expect(out).toMatch(new RegExp(`web +prod +✗ ${artifactId} +quarantined +ada`));
  });

  it('is said by why', async () => {
    const fake = fakeManager({ explainEnvironment: () => ({ status: target, now: [], problems: [] }) });
    const { out } = await runInTest(['why', 'prod', '--service', 'web'], { fetch: fake.fetch, now });
    expect(out).toContain(`held ${held.says}`);
    expect(out).toContain('quarantined it is quarantined');
  });
});
