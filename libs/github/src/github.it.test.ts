import { AppError } from '@release-manager/domain';
import { startFakeGithub, type FakeGithub, type FakeRepository } from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createGithub, type Github, type GithubAuth } from './index.ts';

const host = '127.0.0.1';
let fake: FakeGithub;
let web: FakeRepository;

const commits = { root: 'a', middle: 'b', tip: 'c', next: 'd', side: 'e', foreign: 'f' };
const sha = (name: keyof typeof commits): string => commits[name].repeat(40);
const absent = '9'.repeat(40);

beforeAll(async () => {
  fake = await startFakeGithub();
  web = fake.repository('Shop/web');
  web.commit(sha('root'));
  web.commit(sha('middle'), sha('root'));
  web.commit(sha('tip'), sha('middle'));
  web.commit(sha('next'), sha('tip'));
  web.commit(sha('side'), sha('root'));
  web.commit(sha('foreign'));
  web.branches.set('main', sha('tip'));
  web.branches.set('feature/a#1', sha('side'));
});
afterAll(() => fake.stop());
afterEach(() => {
  fake.beforeAnswer(undefined);
});

let clock = new Date('2026-05-04T10:00:00Z');

function github(auth: GithubAuth = { kind: 'token', token: fake.token }, more: { timeoutMs?: number } = {}): Github {
  return createGithub({
    auth,
    baseUrl: fake.url,
    userAgent: 'release-manager',
    retryUnitMs: 1,
    now: () => clock,
    ...more,
  });
}
const app = () => ({ kind: 'app' as const, appId: fake.appId, privateKey: fake.privateKey });
const claim = (over: { sha?: string; branch?: string; repository?: string } = {}) => ({
  repository: `https://${host}/Shop/web.git`,
  branch: 'main',
  sha: sha('tip'),
  ...over,
});
const failure = async (promise: Promise<unknown>): Promise<AppError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error(`no AppError: ${String(error)}`);
};
const asked = (from: number): string[] => fake.requests.slice(from).map(({ operation }) => operation);

describe('whether a commit is on a branch', () => {
  it.each([
    ['the tip', claim(), { kind: 'reachable', relation: 'identical' }],
    ['an ancestor of it', { sha: sha('root') }, { kind: 'reachable', relation: 'behind' }],
    ['a commit that is ahead of it', { sha: sha('next') }, { kind: 'not-reachable', relation: 'ahead' }],
    ['a commit of another branch', { sha: sha('side') }, { kind: 'not-reachable', relation: 'diverged' }],
    ['a history without anything in common', { sha: sha('foreign') }, { kind: 'not-reachable', relation: 'diverged' }],
    ['a commit that nobody knows', { sha: absent }, { kind: 'no-commit' }],
    ['a branch that is not there', { branch: 'release' }, { kind: 'no-branch' }],
    ['a branch with a slash and a hash', { branch: 'feature/a#1', sha: sha('side') }, { kind: 'reachable' }],
    ['another repository', { repository: 'git@127.0.0.1:Shop/api.git' }, { kind: 'no-repository' }],
    [
      'a repository by ssh, its case another',
      { repository: 'ssh://git@127.0.0.1:2222/shop/WEB' },
      { kind: 'reachable' },
    ],
    [
      'a repository of another host',
      { repository: 'https://gitlab.com/Shop/web' },
      { kind: 'elsewhere', host: 'gitlab.com' },
    ],
    ['an address that climbs', { repository: `https://127.0.0.1/../user` }, { kind: 'no-repository' }],
    ['a group within a group', { repository: `https://127.0.0.1/a/b/c` }, { kind: 'no-repository' }],
  ] as const)('%s', async (_, over, expected) => {
    expect(await github().isReachable(claim(over))).toMatchObject(expected);
  });

  it('a repository without a commit has no branch', async () => {
    fake.repository('Shop/empty');
    const answer = await github().isReachable(claim({ repository: `https://${host}/Shop/empty` }));
    expect(answer).toEqual({ kind: 'no-branch' });
  });

  it('A7 a tag of the name of the branch, which git would find first, proves nothing', async () => {
    web.tags.set('main', sha('foreign'));
    expect(await github().isReachable(claim({ sha: sha('foreign') }))).toMatchObject({ kind: 'not-reachable' });
    web.tags.clear();
  });

  it.each(['evil:main', 'HEAD', 'refs/heads/main', 'c'.repeat(40)])(
    'A7 %j is taken for a branch of that very name, and is none',
    async (branch) => {
      expect(await github().isReachable(claim({ branch }))).toEqual({ kind: 'no-branch' });
    },
  );

  it('keeps a good answer for some minutes, and never a bad one', async () => {
    const port = github();
    await port.isReachable(claim());
    const from = fake.requests.length;
    expect(await port.isReachable(claim())).toMatchObject({ kind: 'reachable' });
    expect(asked(from)).toEqual([]);
    clock = new Date(clock.getTime() + 6 * 60_000);
    await port.isReachable(claim());
    expect(asked(from)).toEqual(['git/get-ref']);
    await port.isReachable(claim({ sha: sha('next') }));
    await port.isReachable(claim({ sha: sha('next') }));
    expect(asked(from).filter((name) => name.startsWith('repos/compare'))).toHaveLength(2);
  });
});

describe('a repository that was renamed', () => {
  it.each([
    ['a token', () => github()],
    ['an App', () => github(app())],
  ])('is found by its old name as long as GitHub redirects, by %s', async (_, make) => {
    fake.beforeAnswer(({ path }) =>
      path.startsWith('/repos/Shop/old/')
        ? {
            status: 301,
            body: { message: 'Moved Permanently', url: fake.url },
            headers: { location: `${fake.url}${path.replace('/Shop/old/', '/Shop/web/')}` },
          }
        : undefined,
    );
    const answer = await make().isReachable(claim({ repository: `https://${host}/Shop/old`, sha: sha('root') }));
    expect(answer).toMatchObject({ kind: 'reachable', relation: 'behind' });
  });
});

describe('an App', () => {
  it('finds its installation by the repository, once, and its token with it', async () => {
    const port = github(app());
    const from = fake.requests.length;
    expect(await port.isReachable(claim())).toMatchObject({ kind: 'reachable' });
    await port.isReachable(claim({ sha: sha('middle') }));
    expect(asked(from)).toEqual([
      'apps/get-repo-installation',
      'apps/create-installation-access-token',
      'git/get-ref',
      'git/get-ref',
      'repos/compare-commits-with-basehead',
    ]);
  });

  it('that is not installed there does not know the repository', async () => {
    const port = github(app());
    web.visible = false;
    expect(await port.isReachable(claim())).toEqual({ kind: 'no-repository' });
    web.visible = true;
    expect(await port.isReachable(claim())).toMatchObject({ kind: 'reachable' });
  });

  it('says who it is, what it may, and how far the clocks are apart', async () => {
    clock = new Date(Date.now() - 90_000);
    const access = await github(app()).checkAccess();
    expect(access).toMatchObject({ as: 'the App release-manager', permissions: { contents: 'read' } });
    expect(Math.abs((access.clockSeconds ?? 0) - 90)).toBeLessThan(60);
    expect(await github().checkAccess()).toMatchObject({ as: 'a token', rate: { limit: 5000 } });
  });
});

const limited = (headers: Record<string, string>, message = 'API rate limit exceeded') => ({
  status: 403,
  body: { message },
  headers,
});

describe('a GitHub that does not answer', () => {
  it('with its own fault is asked again, and a good answer counts', async () => {
    let faults = 2;
    fake.beforeAnswer(() => (faults-- > 0 ? { status: 502, body: { message: 'Server Error' } } : undefined));
    expect(await github().isReachable(claim())).toMatchObject({ kind: 'reachable' });
  });

  it.each([
    ['with faults only', { status: 503, body: '<html>' }, 'GitHub answered 503'],
    ['and hangs up', 'drop', 'GitHub cannot be reached'],
  ] as const)('%s is unavailable', async (_, fault, words) => {
    fake.beforeAnswer(() => fault);
    const error = await failure(github().isReachable(claim()));
    expect(error).toMatchObject({ kind: 'unavailable', code: 'github.unavailable' });
    expect(error.message).toContain(words);
  });

  it('in time is unavailable', async () => {
    fake.beforeAnswer(() => 'silence');
    const error = await failure(github(undefined, { timeoutMs: 50 }).isReachable(claim()));
    expect(error.code).toBe('github.unavailable');
  });

  it('is not waited for by whoever has gone', async () => {
    const gone = new AbortController();
    fake.beforeAnswer(() => {
      gone.abort();
      return 'silence';
    });
    await expect(github().isReachable(claim(), gone.signal)).rejects.toThrow(/aborted|cannot be reached/);
  });

  it.each([
    ['retry-after', { 'retry-after': '90' }, 90],
    ['the end of the hour', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '{reset}' }, 601],
  ] as const)(
    'for the number of requests says when it will, by %s, and hears nothing until then',
    async (_, raw, seconds) => {
      const reset = String(Math.floor(clock.getTime() / 1000) + 600);
      const headers = Object.fromEntries(
        Object.entries(raw).map(([name, value]) => [name, value.replace('{reset}', reset)]),
      );
      fake.beforeAnswer(() => limited(headers));
      const port = github();
      const error = await failure(port.isReachable(claim()));
      expect(error).toMatchObject({ kind: 'limited', code: 'github.rate-limited' });
      expect(Number(error.details['retryAfterSeconds'])).toBeGreaterThanOrEqual(seconds - 1);
      fake.beforeAnswer(undefined);
      const from = fake.requests.length;
      expect((await failure(port.isReachable(claim({ sha: sha('root') })))).code).toBe('github.rate-limited');
      expect(asked(from)).toEqual([]);
      clock = new Date(clock.getTime() + (seconds + 1) * 1000);
      expect(await port.isReachable(claim())).toMatchObject({ kind: 'reachable' });
    },
  );

  it('a secondary limit without a time is a minute', async () => {
    fake.beforeAnswer(() => limited({}, 'You have exceeded a secondary rate limit.'));
    expect((await failure(github().isReachable(claim()))).details).toMatchObject({ retryAfterSeconds: 60 });
  });

  it('is a permission that is missing, with GitHub’s own words', async () => {
    fake.beforeAnswer(() => limited({}, 'Resource not accessible\nby personal access token'));
    const error = await failure(github().isReachable(claim()));
    expect(error).toMatchObject({ kind: 'unavailable', code: 'github.forbidden' });
    expect(error.message).toContain('Resource not accessible by personal access token');
  });
});

describe('G6 secrets', () => {
  const said = (error: AppError): string =>
    [error.message, error.next, JSON.stringify(error.details), error.stack, String(error.cause)].join('\n');

  it('a token that does not count is in no error', async () => {
    const error = await failure(github({ kind: 'token', token: 'ghp_canary0123456789' }).isReachable(claim()));
    expect(error).toMatchObject({ kind: 'unavailable', code: 'github.refused' });
    expect(said(error)).not.toContain('canary');
  });

  it('a key that is none is said at once, and not shown', async () => {
    const auth: GithubAuth = { kind: 'app', appId: '7', privateKey: 'canary0123456789' };
    const error = await failure(Promise.resolve().then(() => github(auth)));
    expect(error).toMatchObject({ kind: 'invalid', code: 'github.private-key' });
    expect(said(error)).not.toContain('canary');
  });

  it('the key of another App is refused', async () => {
    const error = await failure(github({ ...app(), appId: '7' }).isReachable(claim()));
    expect(error.code).toBe('github.refused');
  });
});

it('every request so far fitted what GitHub publishes of its API, and every answer that the fake made', () => {
  expect(fake.requests.length).toBeGreaterThan(20);
  expect(fake.misfits).toEqual([]);
});
