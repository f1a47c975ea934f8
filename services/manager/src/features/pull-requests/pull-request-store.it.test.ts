import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { PullRequestStore } from './pull-request-store.ts';
import type { KnownPullRequest } from './pull-request.ts';

let opened: TestDatabase;
beforeAll(async () => {
  opened = await testDatabase();
});
afterAll(() => opened.drop());

const pull: KnownPullRequest = {
  repository: 'acme/shop',
  number: 7,
  address: 'https://github.com/acme/shop',
  title: 'Faster carts',
  author: 'ada',
  draft: false,
  state: 'open',
  headSha: 'a'.repeat(40),
  headBranch: 'carts',
  headRepository: undefined,
  baseBranch: 'main',
  mergeSha: undefined,
  mergedAt: undefined,
  updatedAt: new Date('2026-03-01T00:00:00Z'),
};

test('the same once more is no news; whatever differs is, also within one second', async () => {
  const store = new PullRequestStore(opened.database.db);
  expect(await store.learn(pull)).toBe(true);
  expect(await store.learn(pull)).toBe(false);
  expect(await store.learn({ ...pull, address: 'git@github.com:acme/shop.git' })).toBe(false);
  expect(await store.learn({ ...pull, headSha: 'b'.repeat(40) })).toBe(true);
  expect(await store.learn({ ...pull, headRepository: 'eve/shop' })).toBe(true);
  expect(await store.learn({ ...pull, updatedAt: new Date('2026-02-28T00:00:00Z') })).toBe(false);
  const mergedAt = new Date('2026-03-01T00:00:00Z');
  expect(await store.learn({ ...pull, state: 'merged', mergeSha: 'c'.repeat(40), mergedAt })).toBe(true);
  expect(await store.learn({ ...pull, updatedAt: new Date('2026-03-02T00:00:00Z') })).toBe(false);
});
