import { describe, expect, it } from 'vitest';

import { fakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';
import { artifactId, releaseView } from '../../testing/views.ts';

const waiting = releaseView({ automatic: true, intent: 'auto', state: 'waiting' });

function manager(state: 'whole' | 'held' = 'held') {
  return fakeManager({
    resumeAutomation: (input) => ({
      state: input['dryRun'] === true ? state : 'whole',
      resumed: input['dryRun'] !== true,
      releases: state === 'held' ? [waiting] : [],
    }),
  });
}

const asked = ({ calls }: ReturnType<typeof manager>) => calls.map(({ input }) => input);

describe('resume', () => {
  it('only lists with --dry-run', async () => {
    const fake = manager();
    const { code, out } = await runInTest(['resume', '--all', '--dry-run'], { fetch: fake.fetch });
    expect(code).toBe(0);
    expect(out).toContain(artifactId);
    expect(asked(fake)).toEqual([{ dryRun: true }]);
  });

  it('lists, asks, and resumes', async () => {
    const fake = manager();
    const { code, out, err } = await runInTest(['resume', '--all'], { fetch: fake.fetch, terminal: true, typed: 'y' });
    expect(code).toBe(0);
    expect(err).toContain(`would go out: web dev ${artifactId}`);
    expect(err).toContain('Resume automation, which sends out 1 releases? [y/N]');
    expect(out).toContain(waiting.id);
    expect(asked(fake)).toEqual([{ dryRun: true }, {}]);
  });

  it('changes nothing when the answer is no', async () => {
    const fake = manager();
    const { code } = await runInTest(['resume', '--all'], { fetch: fake.fetch, terminal: true, typed: 'n' });
    expect(code).toBe(1);
    expect(asked(fake)).toEqual([{ dryRun: true }]);
  });

  it('does not agree by itself off a terminal', async () => {
    const fake = manager();
    const { code, err } = await runInTest(['resume', '--all'], { fetch: fake.fetch });
    expect(code).toBe(2);
    expect(err).toContain('--yes');
    expect(asked(fake)).toEqual([{ dryRun: true }]);
    expect((await runInTest(['resume', '--all', '--yes'], { fetch: fake.fetch })).code).toBe(0);
  });

  it('says so when nothing is held, and wants to hear --all', async () => {
    const fake = manager('whole');
    expect((await runInTest(['resume', '--all'], { fetch: fake.fetch })).err).toContain(
      'automation is not held since a loss',
    );
    expect((await runInTest(['resume'], { fetch: fake.fetch })).code).toBe(2);
    expect(asked(fake)).toEqual([{ dryRun: true }]);
  });
});
