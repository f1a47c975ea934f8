import { setImmediate as nextTurn } from 'node:timers/promises';

import { AppError } from '@release-manager/domain';
import { startFakeGithub, type FakeGithub, type FakeRepository } from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createGithub, type GithubApi, type GithubRepository } from './index.ts';

let fake: FakeGithub;
let web: FakeRepository;
let clock: Date;
const where: GithubRepository = { owner: 'Shop', repo: 'web' };
const absent = '9'.repeat(40);

beforeAll(async () => {
  fake = await startFakeGithub(() => clock);
});
afterAll(() => fake.stop());
beforeEach(() => {
  // The fake's clock is the one that tokens are signed by: Octokit takes that of the machine.
  clock = new Date();
  web = fake.repository('Shop/web');
  web.grow('main', { 'README.md': '# web', 'services/web/release.yaml': 'service: web\n', 'release.yaml.txt': '' });
});
afterEach(() => {
  fake.beforeAnswer(undefined);
  fake.limitWrites({ perMinute: 80, perHour: 500 });
  Object.assign(fake.permissions, { deployments: 'write', checks: 'write', pull_requests: 'write' });
});

function github(as: 'app' | 'token' = 'app'): GithubApi {
  const { appId, privateKey, token } = fake;
  return createGithub({
    auth: as === 'app' ? { kind: 'app', appId, privateKey } : { kind: 'token', token },
    baseUrl: fake.url,
    userAgent: 'release-manager',
    retryUnitMs: 1,
    now: () => clock,
  });
}

const failure = async (promise: Promise<unknown>): Promise<AppError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error(`no AppError: ${String(error)}`);
};
const open = (over: { title?: string; fork?: string; files?: number; head?: string } = {}) =>
  fake.people.open(web, {
    title: over.title ?? 'Sell more',
    author: 'ada',
    head: over.head ?? 'sell',
    files: Array.from({ length: over.files ?? 1 }, (_, index) => ({
      filename: `services/web/${index}.ts`,
      status: 'modified' as const,
    })),
    ...(over.fork === undefined ? {} : { fork: over.fork }),
  });

describe('where a repository is', () => {
  it('is known by each address that git takes, and elsewhere is nowhere', () => {
    const port = github();
    expect(port.repositoryAt(`https://${fake.host}/Shop/web.git`)).toEqual(where);
    expect(port.repositoryAt('git@127.0.0.1:Shop/web.git')).toEqual(where);
    expect(port.repositoryAt('https://gitlab.com/Shop/web')).toBeUndefined();
    expect(port.repositoryAt(`https://${fake.host}/Shop/web/tree/main`)).toBeUndefined();
  });
});

describe('pull requests', () => {
  it('are told as they are: open, changed, merged', async () => {
    const port = github();
    const { number, headSha } = await open();
    expect(await port.pulls.get(where, number)).toMatchObject({
      number,
      title: 'Sell more',
      state: 'open',
      author: 'ada',
      headSha,
      headRef: 'sell',
      headRepository: where,
      isFork: false,
      baseRef: 'main',
      mergeCommitSha: undefined,
      labels: [],
    });
    const merged = await fake.people.merge(web, number, 'bob', 'squash');
    expect(await port.pulls.get(where, number)).toMatchObject({ state: 'merged', mergeCommitSha: merged });
    expect(await port.pulls.ofCommit(where, merged)).toMatchObject([{ number }]);
    expect(await port.pulls.ofCommit(where, absent)).toEqual([]);
    expect(await port.pulls.get(where, 999)).toBeUndefined();
  });

  it('of a fork are known as such, also when the fork is gone', async () => {
    const port = github();
    const pull = await open({ fork: 'stranger/web' });
    expect(await port.pulls.get(where, pull.number)).toMatchObject({ isFork: true });
    pull.headRepository = undefined;
    expect(await port.pulls.get(where, pull.number)).toMatchObject({ isFork: true, headRepository: undefined });
  });

  it('have all their files, over pages', async () => {
    const { number } = await open({ files: 230 });
    const files = await github().pulls.files(where, number);
    expect(files.isComplete).toBe(true);
    expect(files.items).toHaveLength(230);
    expect(files.items[229]).toEqual({ path: 'services/web/229.ts', previousPath: undefined, status: 'modified' });
  });

  it('that changed since are listed, and no page more is asked for', async () => {
    const port = github();
    const old = await open();
    old.updatedAt = new Date(clock.getTime() - 3_600_000);
    const fresh = await open({ head: 'other' });
    const from = fake.requests.length;
    const changed = await port.pulls.updatedSince(where, new Date(clock.getTime() - 60_000));
    expect(changed).toMatchObject({ isComplete: true, items: [{ number: fresh.number }] });
    expect(fake.requests.slice(from).filter(({ operation }) => operation === 'pulls/list')).toHaveLength(1);
  });
});

describe('polling', () => {
  it('gets nothing twice: what did not change is told from the tag, what did is seen', async () => {
    const since = new Date(clock.getTime() - 60_000);
    const { number } = await open();
    const statuses: number[] = [];
    const listening = createGithub({
      auth: { kind: 'token', token: fake.token },
      baseUrl: fake.url,
      userAgent: 'release-manager',
      now: () => clock,
      fetch: async (...args) => {
        const response = await fetch(...args);
        statuses.push(response.status);
        return response;
      },
    });
    const first = await listening.pulls.updatedSince(where, since);
    expect(await listening.pulls.updatedSince(where, since)).toEqual(first);
    await fake.people.close(web, number, 'ada');
    expect(await listening.pulls.updatedSince(where, since)).toMatchObject({ items: [{ number, state: 'closed' }] });
    expect(statuses).toEqual([200, 304, 200]);
  });
});

describe.each(['app', 'token'] as const)('comments of %s', (as) => {
  it('are found by marker and author, and changed in place', async () => {
    const port = github(as);
    const { number } = await open();
    for (let index = 0; index < 105; index++) await fake.people.comment(web, number, 'ada', `<!-- mark --> ${index}`);
    expect(await port.comments.findOwn(where, number, '<!-- mark -->')).toBeUndefined();
    const own = await port.comments.create(where, number, '<!-- mark --> ours');
    expect(own).toMatchObject({ isOwn: true, author: fake.logins[as] });
    expect(await port.comments.findOwn(where, number, '<!-- mark -->')).toEqual(own);
    const changed = await port.comments.update(where, own.id, '<!-- mark --> later');
    expect(changed).toMatchObject({ id: own.id, body: '<!-- mark --> later' });
    await port.comments.react(where, own.id, 'eyes');
    await port.comments.react(where, own.id, 'eyes');
    expect(web.comments.at(-1)?.reactions).toHaveLength(1);
    await port.comments.remove(where, own.id);
    await port.comments.remove(where, own.id);
    expect(await port.comments.update(where, own.id, 'x')).toBeUndefined();
  });

  it('that are new are listed with the number that they belong to', async () => {
    const { number } = await open();
    await fake.people.comment(web, number, 'ada', '/why');
    const found = await github(as).comments.updatedSince(where, new Date(clock.getTime() - 60_000));
    expect(found).toMatchObject([{ number, author: 'ada', body: '/why', isOwn: false }]);
  });

  it('may have 65,536 characters, and not one more', async () => {
    const port = github(as);
    const { number } = await open();
    expect((await port.comments.create(where, number, 'x'.repeat(65_536))).body).toHaveLength(65_536);
    const from = fake.requests.length;
    expect((await failure(port.comments.create(where, number, 'x'.repeat(65_537)))).code).toBe('github.text-too-long');
    expect(fake.requests).toHaveLength(from);
  });
});

describe('labels', () => {
  it('are made once with their colour, put on and taken off', async () => {
    const port = github();
    const { number } = await open();
    const label = { name: 'released:prod', color: '0e8a16', description: 'Live in prod' };
    await port.labels.ensure(where, label);
    await port.labels.ensure(where, label);
    expect([...web.labels.values()]).toEqual([label]);
    await port.labels.add(where, number, label.name);
    expect(await port.labels.of(where, number)).toEqual(['released:prod']);
    await port.labels.remove(where, number, label.name);
    await port.labels.remove(where, number, label.name);
    expect(web.pull(number).labels.size).toBe(0);
  });
});

describe('deployments', () => {
  const wanted = () => ({
    sha: web.branches.get('main') ?? '',
    environment: 'prod/web',
    marker: 'rel_1',
    description: 'd'.repeat(200),
    isProduction: true,
  });

  it('are made, found again by their marker, and get states', async () => {
    const port = github();
    expect(await port.deployments.find(where, wanted())).toBeUndefined();
    const deployment = await port.deployments.create(where, wanted());
    await port.deployments.create(where, { ...wanted(), marker: 'rel_2' });
    expect(await port.deployments.find(where, wanted())).toEqual(deployment);
    expect(await port.deployments.latestStatus(where, deployment.id)).toBeUndefined();
    const status = {
      state: 'success',
      description: '🚀'.repeat(100),
      logUrl: 'https://x.test',
      makesOthersInactive: false,
    } as const;
    const told = await port.deployments.setStatus(where, deployment.id, status);
    expect(told?.description.length).toBeLessThanOrEqual(140);
    expect(told?.description.isWellFormed()).toBe(true);
    expect(await port.deployments.latestStatus(where, deployment.id)).toEqual(told);
    web.forget();
    expect(await port.deployments.latestStatus(where, deployment.id)).toBe('gone');
    expect(await port.deployments.setStatus(where, deployment.id, status)).toBeUndefined();
  });

  it('of a commit that GitHub does not have are refused, with its words', async () => {
    const error = await failure(github().deployments.create(where, { ...wanted(), sha: absent }));
    expect(error).toMatchObject({ kind: 'invalid', code: 'github.invalid' });
    expect(error.message).toContain('No ref found for');
  });
});

describe('checks', () => {
  const content = (over: object = {}) => ({
    title: 'Merging releases web to prod',
    summary: '**prod**: web',
    conclusion: 'neutral' as const,
    detailsUrl: 'https://x.test',
    ...over,
  });

  it('of an App are made once, found and changed', async () => {
    const port = github();
    const sha = web.branches.get('main') ?? '';
    const run = await port.checks.create(where, { sha, name: 'release plan', ...content({ conclusion: undefined }) });
    expect(run.conclusion).toBeUndefined();
    expect(await port.checks.find(where, { sha, name: 'release plan' })).toEqual(run);
    expect(await port.checks.find(where, { sha, name: 'another' })).toBeUndefined();
    expect(await port.checks.update(where, run.id, content())).toMatchObject({ id: run.id, conclusion: 'neutral' });
    expect(await port.checks.update(where, 1, content())).toBeUndefined();
  });

  it('are not for a token, whose commit status says it', async () => {
    const port = github('token');
    const sha = web.branches.get('main') ?? '';
    expect(port.isApp).toBe(false);
    expect((await failure(port.checks.create(where, { sha, name: 'x', ...content() }))).code).toBe('github.forbidden');
    const status = {
      sha,
      context: 'release plan',
      state: 'success',
      description: 'x'.repeat(200),
      targetUrl: undefined,
    } as const;
    await port.statuses.set(where, status);
    expect(await port.statuses.find(where, status)).toMatchObject({ state: 'success', targetUrl: undefined });
    expect(await port.statuses.find(where, { sha, context: 'other' })).toBeUndefined();
  });
});

describe('what lies in a repository', () => {
  it('is found by name and read by commit', async () => {
    const port = github();
    const tip = (await port.contents.tipOf(where, 'main')) ?? '';
    expect(tip).toBe(web.branches.get('main'));
    expect(await port.contents.tipOf(where, 'nothing')).toBeUndefined();
    expect(await port.contents.findFiles(where, tip, 'release.yaml')).toEqual({
      items: ['services/web/release.yaml'],
      isComplete: true,
    });
    expect(await port.contents.read(where, 'services/web/release.yaml', tip)).toBe('service: web\n');
    expect(await port.contents.read(where, 'none.yaml', tip)).toBeUndefined();
    const later = web.grow('main', { 'large.yaml': 'ä'.repeat(60_000) });
    expect((await failure(port.contents.read(where, 'large.yaml', later))).code).toBe('github.file-too-large');
    expect(await port.contents.compare(where, later, tip)).toEqual({ relation: 'behind' });
    expect(await port.contents.compare(where, tip, absent)).toBeUndefined();
  });

  it.each(['..', '../x', 'a/../../b', '/etc/passwd', 'a//b', './a', ''])('A7 %j is no path', async (path) => {
    const error = await failure(Promise.resolve().then(() => github().contents.read(where, path, absent)));
    expect(error.code).toBe('github.path');
  });

  it.each(['main', 'HEAD~1', '../..', 'a'.repeat(39)])('A7 %j is no commit', async (sha) => {
    const error = await failure(Promise.resolve().then(() => github().contents.findFiles(where, sha, 'x')));
    expect(error.code).toBe('github.sha');
  });
});

describe('a write', () => {
  it.each(['done-drop', 'done-silence'] as const)('whose answer is lost (%s) is not sent again', async (fault) => {
    const { number } = await open();
    const port = github();
    const gone = new AbortController();
    fake.beforeAnswer(({ operation }) => (operation === 'issues/create-comment' ? fault : undefined));
    const writing = failure(port.comments.create(where, number, '<!-- mark --> once', gone.signal));
    // Who waits for an answer gives up once the work is done.
    while (web.comments.length === 0) await nextTurn();
    if (fault === 'done-silence') gone.abort();
    const error = await writing;
    expect(error).toMatchObject({ kind: 'unavailable', code: 'github.unavailable' });
    expect(web.comments).toHaveLength(1);
    fake.beforeAnswer(undefined);
    expect(await port.comments.findOwn(where, number, '<!-- mark -->')).toMatchObject({ id: web.comments[0]?.id });
  });

  it('that GitHub has a fault with is not sent again either', async () => {
    const { number } = await open();
    fake.beforeAnswer(({ operation }) =>
      operation === 'issues/create-comment' ? { status: 502, body: { message: 'Server Error' } } : undefined,
    );
    const from = fake.requests.length;
    expect((await failure(github().comments.create(where, number, 'x'))).kind).toBe('unavailable');
    expect(
      fake.requests
        .slice(from)
        .filter(({ method }) => method === 'POST')
        .map(({ operation }) => operation),
    ).toEqual(['apps/create-installation-access-token', 'issues/create-comment']);
  });

  it('that is one too many says when to come again', async () => {
    const { number } = await open();
    fake.limitWrites({ perMinute: 80, perHour: 1 });
    const port = github('token');
    clock = new Date(clock.getTime() + 3_700_000);
    await port.comments.create(where, number, 'one');
    const error = await failure(port.comments.create(where, number, 'two'));
    expect(error).toMatchObject({ kind: 'limited', code: 'github.rate-limited' });
    expect(error.details['retryAfterSeconds']).toBe(3600);
  });

  it('without the permission names it, and counts once it is given', async () => {
    delete fake.permissions['deployments'];
    const port = github();
    const wanted = {
      sha: web.branches.get('main') ?? '',
      environment: 'dev',
      marker: 'm',
      description: '',
      isProduction: false,
    };
    const error = await failure(port.deployments.create(where, wanted));
    expect(error).toMatchObject({ kind: 'forbidden', code: 'github.forbidden' });
    expect(error.next).toContain('Deployments: write');
    expect(error.message).toContain('Shop/web');
    fake.permissions['deployments'] = 'write';
    expect(await port.deployments.create(where, wanted)).toMatchObject({ environment: 'dev' });
  });

  it('to a repository that is not shown says so', async () => {
    web.visible = false;
    const error = await failure(github().comments.create(where, 1, 'x'));
    expect(error).toMatchObject({ kind: 'not-found', code: 'github.not-found' });
  });
});

it('every request so far fitted what GitHub publishes of its API, and every answer that the fake made', () => {
  expect(fake.requests.length).toBeGreaterThan(5);
  // GitHub's description does not know what it does with deleted forks.
  expect(fake.misfits.filter((misfit) => !misfit.endsWith('/head/repo must be object'))).toEqual([]);
});
