import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { PolicyService } from './policy-service.ts';

const toDev = { kind: 'auto-release', branch: 'main', environment: 'dev' };
const webFile = `# Owned by the checkout team.
service: web
policies:
  # Every merge is seen on dev at once.
  - { kind: auto-release, branch: main, environment: dev }
`;

let room: ReleaseRoom;
let policies: PolicyService;
beforeAll(async () => {
  room = await openReleaseRoom({ policies: { web: webFile, broken: 'service: broken\npolicies: nonsense\n' } });
  policies = new PolicyService(room.deps);
});
afterAll(() => room.close());
beforeEach(() => room.server.beforeRequest(undefined));

function ledger(service: string): Promise<string[]> {
  return room.database.db('ledger').where({ service }).orderBy('id').pluck('kind');
}

describe('applying a rule', () => {
  test('is a commit of the person, keeps comments, and is recorded', async () => {
    const { commit, policy } = await policies.apply(ada, 'web', { ...toDev, branch: 'release/*' });

    expect(policy?.file).toBe('policies/web.yaml');
    expect(await room.git('log', '-1', '--format=%H %an|%cn|%s', 'main')).toBe(
      `${commit ?? ''} Ada L|release-manager|[web] policy: apply ${policy?.id ?? ''} by ada\n`,
    );
    const file = await room.git('show', 'main:policies/web.yaml');
    expect(file).toContain('# Every merge is seen on dev at once.');
    expect(file).toContain('release/*');
    expect(await ledger('web')).toEqual(['policy.asked', 'policy.applied']);
  });

  test('that stands there already changes nothing', async () => {
    const before = await room.git('rev-parse', 'main');

    expect((await policies.apply(ada, 'web', toDev)).commit).toBeUndefined();
    expect(await room.git('rev-parse', 'main')).toBe(before);
  });

  test('makes the file of a service that has none', async () => {
    await policies.apply(ada, 'fresh', toDev);

    expect(await room.git('show', 'main:policies/fresh.yaml')).toContain('service: fresh');
  });

  test('that can never have its way is refused, naming both rules', async () => {
    const never = policies.apply(ada, 'web', { ...toDev, branch: 'feature', environment: 'prod' });

    await expect(never).rejects.toMatchObject({ kind: 'conflict', code: 'policy.conflict' });
    await expect(never).rejects.toThrow(/release-manager\.yaml line 5/);
  });

  test('to a broken file is refused with the line, and leaves it as it is', async () => {
    await expect(policies.apply(ada, 'broken', toDev)).rejects.toMatchObject({ code: 'policy.file-broken' });
    expect(await room.git('show', 'main:policies/broken.yaml')).toBe('service: broken\npolicies: nonsense\n');
  });

  test('goes on the newest tip when a person was faster', async () => {
    let raced = false;
    room.server.beforeRequest(async ({ kind }) => {
      if (kind !== 'push' || raced) return 'none' as const;
      raced = true;
      await room.personPushes({ 'notes.md': 'hello' });
      return 'none' as const;
    });

    await policies.apply(ada, 'late', toDev);

    expect(await room.git('show', 'main:notes.md')).toBe('hello');
    expect(await room.git('show', 'main:policies/late.yaml')).toContain('auto-release');
  });

  test('to a file of Lunar turns it into one of ours, in the same commit', async () => {
    const lunar = { service: 'old', autoReleases: [{ id: 'a', branch: 'master', environment: 'dev' }] };
    await room.personPushes({ 'policies/old.json': JSON.stringify(lunar) });

    await policies.apply(ada, 'old', toDev);

    const file = await room.git('show', 'main:policies/old.yaml');
    expect([file.includes('master'), file.includes('main')]).toEqual([true, true]);
    expect(await room.git('ls-tree', '--name-only', 'main', 'policies/')).not.toContain('old.json');
  });
});

describe('a push whose answer is lost', () => {
  test('says so, the record of who asked is there, and asking again finds the rule', async () => {
    room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'drop-after' : 'none'));
    await expect(policies.apply(ada, 'doubt', toDev)).rejects.toMatchObject({ code: 'config-repo.push-in-doubt' });
    room.server.beforeRequest(undefined);

    expect((await policies.apply(ada, 'doubt', toDev)).commit).toBeUndefined();
    expect(await ledger('doubt')).toEqual(['policy.asked']);
  });
});

describe('deleting a rule', () => {
  test('takes it out of the file, as a commit', async () => {
    const { policy } = await policies.apply(ada, 'short', toDev);

    const { commit } = await policies.delete(ada, 'short', policy?.id ?? '');

    expect(commit).toBeDefined();
    expect(await room.git('show', 'main:policies/short.yaml')).not.toContain('auto-release');
  });

  test('that is global says where it stands', async () => {
    const [global] = room.repo.snapshot().globalPolicies;
    const deleting = policies.delete(ada, 'nobody', global?.id ?? '');

    await expect(deleting).rejects.toMatchObject({
      kind: 'not-found',
      next: expect.stringContaining('line 5') as string,
    });
  });
});
