import { createGithub } from '@release-manager/github';
import type { JobDefinition } from '@release-manager/queue';
import { silentLogger } from '@release-manager/runtime';
import {
  startFakeGithub,
  testDatabase,
  type FakeGithub,
  type FakeRepository,
  type TestDatabase,
} from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createGithubInbox, GithubEventStore, type GithubEvent } from '../webhooks/index.ts';
import { createEventHandler, pollPullRequests } from './index.ts';
import { PullRequestStore } from './pull-request-store.ts';

let fake: FakeGithub;
let shop: FakeRepository;
let opened: TestDatabase;
let clock = new Date();
const now = (): Date => clock;
const pass = (seconds: number): void => {
  clock = new Date(clock.getTime() + seconds * 1000);
};
/** Jobs that were enqueued. */
const jobs: { readonly name: string; readonly data: unknown }[] = [];
const queue = {
  enqueue: <T extends object>(_tx: unknown, { name }: JobDefinition<T>, data: T) => {
    jobs.push({ name, data });
    return Promise.resolve();
  },
};
const { signal } = new AbortController();

beforeAll(async () => {
  fake = await startFakeGithub(now);
});
afterAll(() => fake.stop());
beforeEach(async () => {
  clock = new Date();
  shop = fake.repository('Acme/shop');
  shop.grow('main');
  opened = await testDatabase();
  jobs.length = 0;
  await insertService('web', `git@${fake.host}:acme/shop.git`);
});
afterEach(async () => {
  fake.beforeAnswer(undefined);
  await opened.drop();
});

async function insertService(name: string, repository: string): Promise<void> {
  const by = JSON.stringify({ kind: 'manager' });
  const at = now();
  await opened.database
    .db('services')
    .insert({ name, repository, namespaces: '{}', registered_by: by, registered_at: at, updated_at: at });
}
const open = (title = 'a change') =>
  fake.people.open(shop, { title, author: 'ada', head: title.replaceAll(' ', '-'), files: [] });
const find = (number: number, repository = 'acme/shop') =>
  new PullRequestStore(opened.database.db).find({ repository, number });
const deliveries = async (): Promise<string[]> =>
  ((await opened.database.db('deliveries').orderBy('key')) as { key: string }[]).map(({ key }) => key);

describe('what GitHub tells', () => {
  const inbox = () => createGithubInbox({ database: opened.database, queue, now });
  const handle = createHandle();
  function createHandle() {
    return (delivery: string) =>
      createEventHandler({ database: opened.database, queue, now })({ delivery }, { signal, attempt: 1 });
  }
  const address = 'https://127.0.0.1/Acme/Shop';
  const told = (
    more: Partial<{ number: number; title: string; updated_at: Date; repo: string }> = {},
  ): GithubEvent => ({
    event: 'pull_request',
    payload: {
      action: 'opened',
      repository: { full_name: 'Acme/Shop', html_url: more.repo ?? address },
      pull_request: {
        number: more.number ?? 3,
        title: more.title ?? 'a change',
        state: 'open',
        user: { login: 'ada' },
        head: { sha: 'a'.repeat(40), ref: 'topic', repo: { full_name: 'Acme/Shop' } },
        base: { ref: 'main' },
        updated_at: more.updated_at ?? now(),
      },
    },
  });

  test('is stored, worked on once, and its comment is looked at', async () => {
    expect(await inbox().take('one', told())).toBe('taken');
    expect(jobs).toEqual([{ name: 'github.event', data: { delivery: 'one' } }]);
    expect(await inbox().take('one', told())).toBe('came before');
    expect(jobs).toHaveLength(1);
    // Two workers, as after a death in between.
    await Promise.all([handle('one'), handle('one')]);
    expect(await find(3)).toMatchObject({ state: 'open', title: 'a change', headRepository: 'acme/shop' });
    expect(await deliveries()).toEqual(['acme/shop#3']);
  });

  test('of a repository of nobody is not even stored', async () => {
    expect(await inbox().take('two', told({ repo: 'https://127.0.0.1/acme/shop-too' }))).toBe('of no service');
    expect(await inbox().take('three', told({ repo: 'https://evil.example/acme/shop' }))).toBe('of no service');
    expect(await opened.database.db('github_events')).toEqual([]);
  });

  test('that comes late changes nothing', async () => {
    await inbox().take('new', told({ title: 'new', updated_at: new Date('2026-01-02') }));
    await inbox().take('old', told({ title: 'old', updated_at: new Date('2026-01-01') }));
    await handle('new');
    await handle('old');
    expect(await find(3)).toMatchObject({ title: 'new' });
  });

  test('is forgotten after a week', async () => {
    await inbox().take('one', told());
    pass(6 * 24 * 3600);
    expect(await new GithubEventStore(opened.database.db).sweep(now())).toBe(0);
    pass(2 * 24 * 3600);
    expect(await new GithubEventStore(opened.database.db).sweep(now())).toBe(1);
  });

  test('a push to a base branch has those looked at that would be merged into it', async () => {
    await inbox().take('one', told());
    await handle('one');
    await opened.database.db('deliveries').delete();
    const push = (ref: string): GithubEvent => ({
      event: 'push',
      payload: { ref, repository: { full_name: 'Acme/Shop', html_url: address } },
    });
    await inbox().take('other', push('refs/heads/other'));
    await handle('other');
    expect(await deliveries()).toEqual([]);
    await inbox().take('main', push('refs/heads/main'));
    await handle('main');
    expect(await deliveries()).toEqual(['acme/shop#3']);
  });
});

describe('what got lost on its way', () => {
  const poll = (everySeconds = 300): Promise<number> => {
    const { token } = fake;
    const github = createGithub({
      auth: { kind: 'token', token },
      baseUrl: fake.url,
      userAgent: 'release-manager',
      retryUnitMs: 1,
      now,
    });
    return pollPullRequests(
      { database: opened.database, queue, github, logger: silentLogger, now, everySeconds },
      signal,
    );
  };

  test('is found by asking, each repository in its time', async () => {
    // The same repository by another address, and one that is elsewhere.
    await insertService('api', `https://${fake.host}/Acme/shop`);
    await insertService('old', 'https://gitlab.example/acme/old');
    const { number } = await open();
    expect(await poll()).toBe(1);
    expect(await find(number)).toMatchObject({ state: 'open' });
    expect(await deliveries()).toEqual([`acme/shop#${number}`]);
    expect(await poll()).toBe(0);

    pass(301);
    const sha = await fake.people.merge(shop, number, 'ada', 'squash');
    expect(await poll()).toBe(1);
    expect(await find(number)).toMatchObject({ state: 'merged', mergeSha: sha });
    expect(fake.misfits).toEqual([]);
  });

  test('commands too, each once; one that was edited is none, and neither is one of long ago', async () => {
    const { number } = await open();
    await fake.people.comment(shop, number, 'ada', '/why web dev');
    pass(3_700);
    await fake.people.comment(shop, number, 'ada', '/status web');
    const edited = await fake.people.comment(shop, number, 'ada', '/hold web dev because');
    edited.updatedAt = new Date(now().getTime() + 5_000);
    for (let round = 0; round < 2; round += 1) {
      pass(301);
      await poll();
    }
    const taken: { asked: string }[] = await opened.database.db('pull_request_commands').select('asked');
    expect(taken).toEqual([{ asked: '/status web' }]);
    expect(jobs.filter(({ name }) => name === 'chat.run')).toHaveLength(1);
    expect(fake.misfits).toEqual([]);
  });

  test('one that may not be seen keeps none of the others back; a GitHub that is away keeps all', async () => {
    fake.repository('Acme/hidden').visible = false;
    await insertService('hidden', `https://${fake.host}/Acme/hidden`);
    const { number } = await open();
    expect(await poll()).toBe(2);
    expect(await find(number)).toBeDefined();

    pass(301);
    fake.beforeAnswer(() => ({ status: 503, body: {} }));
    await expect(poll()).rejects.toMatchObject({ kind: 'unavailable' });
    fake.beforeAnswer(undefined);
    expect(await poll()).toBe(2);
  });
});

describe('a command in a comment', () => {
  const handle = (delivery: string): Promise<void> =>
    createEventHandler({ database: opened.database, queue, now })({ delivery }, { signal, attempt: 1 });
  const said = (
    body: string,
    more: { action?: string; at?: Date; isIssue?: boolean; id?: number } = {},
  ): GithubEvent => ({
    event: 'issue_comment',
    payload: {
      action: more.action ?? 'created',
      repository: { full_name: 'Acme/shop', html_url: 'https://127.0.0.1/Acme/shop' },
      issue: { number: 1, ...(more.isIssue === true ? {} : { pull_request: {} }) },
      comment: { id: more.id ?? 7, body, user: { login: 'ada' }, created_at: more.at ?? now() },
    },
  });
  const hear = async (delivery: string, event: GithubEvent): Promise<unknown[]> => {
    await createGithubInbox({ database: opened.database, queue, now }).take(delivery, event);
    await handle(delivery);
    return (await opened.database.db('pull_request_commands').select('asked', 'answer', 'succeeded')) as unknown[];
  };
  const chats = (): number => jobs.filter(({ name }) => name === 'chat.run').length;

  beforeEach(async () => {
    const { number } = await open();
    const { token } = fake;
    const auth = { kind: 'token', token } as const;
    const github = createGithub({ auth, baseUrl: fake.url, userAgent: 'release-manager', retryUnitMs: 1, now });
    await pollPullRequests(
      { database: opened.database, queue, github, logger: silentLogger, now, everySeconds: 1 },
      signal,
    );
    if ((await find(number)) === undefined) throw new Error('the pull request is not known');
  });

  test('is taken once, whoever tells of it how often', async () => {
    expect(await hear('one', said('/why web dev'))).toEqual([{ asked: '/why web dev', answer: null, succeeded: null }]);
    await hear('two', said('/why web dev'));
    expect(await hear('two', said('/why web dev'))).toHaveLength(1);
    expect(chats()).toBe(1);
  });

  test('that is not complete is answered with how it reads', async () => {
    const [command] = await hear('one', said('/hold web'));
    expect(command).toMatchObject({ succeeded: false, answer: expect.stringContaining('is not complete') as string });
    expect(chats()).toBe(0);
  });

  test.each([
    ['another bot’s command', said('/retest')],
    ['a word that only begins so', said('/releases')],
    ['a command in the middle', said('please\n/release dev')],
    ['one that was edited', said('/why web dev', { action: 'edited' })],
    ['one that was deleted', said('/why web dev', { action: 'deleted' })],
    ['one on an issue', said('/why web dev', { isIssue: true })],
    ['one of long ago', said('/why web dev', { at: new Date(0) })],
    ['logs, which others could read', said('/logs rel_1')],
    ['nothing', said('')],
  ])('%s is none', async (_what, event) => {
    expect(await hear('one', event)).toEqual([]);
    expect(chats()).toBe(0);
  });
});
