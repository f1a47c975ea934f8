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
let clock: Date;
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
    return pollPullRequests({ database: opened.database, github, logger: silentLogger, now, everySeconds }, signal);
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
