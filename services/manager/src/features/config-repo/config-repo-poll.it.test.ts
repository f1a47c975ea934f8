import { silentLogger } from '@release-manager/runtime';
import { testDatabase } from '@release-manager/testing';
import { expect, test } from 'vitest';

import { startConfigRepoPoll } from './config-repo-poll.ts';
import type { ConfigRepo } from './config-repo.ts';
import { announcePush, listenForPushes } from './push-announcement.ts';

/** A config repo whose looks are counted and end when they are told to. */
function countedRepo() {
  const looks: (() => void)[] = [];
  const repo = {
    refresh: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      looks.push(resolve);
      return promise;
    },
  } as unknown as ConfigRepo;
  return { repo, looks };
}

test('a push that is announced while a look is under way is looked for once more, however often it is announced', async () => {
  const { repo, looks } = countedRepo();
  const poll = startConfigRepoPoll(repo, 1000, silentLogger);
  const first = poll.now();
  const later = [poll.now(), poll.now(), poll.now()];
  expect(looks).toHaveLength(1);
  looks[0]?.();
  await first;
  await Promise.resolve();
  expect(looks).toHaveLength(2);
  looks[1]?.();
  await Promise.all(later);
  await poll.stop();
  expect(looks).toHaveLength(2);
});

test('a push announced by one process is heard by the others', async () => {
  const test = await testDatabase();
  const heard = Promise.withResolvers<void>();
  const poll = { now: () => Promise.resolve(heard.resolve()), stop: () => Promise.resolve() };
  const listening = await listenForPushes(test.database, poll);
  await announcePush(test.database.db);
  await expect(heard.promise).resolves.toBeUndefined();
  await listening.close();
  await test.drop();
});
