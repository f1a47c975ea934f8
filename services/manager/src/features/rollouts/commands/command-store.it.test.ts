import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { CommandStore } from './command-store.ts';
import { createCommandWatch } from './command-watch.ts';

let opened: TestDatabase;
let store: CommandStore;
const place = { environment: 'dev', cluster: 'eu' };
const at = (seconds: number): Date => new Date(Date.UTC(2026, 2, 1) + seconds * 1000);

beforeAll(async () => {
  opened = await testDatabase();
  store = new CommandStore(opened.database.db);
});
afterAll(() => opened.drop());
beforeEach(() => opened.database.db('daemon_commands').delete());

test('one poke stands for many pushes until somebody took it', async () => {
  await store.poke([place], 'first', at(0));
  await store.poke([place], 'second', at(1));
  const leased = await store.lease(place, at(2));
  expect(leased).toMatchObject([{ kind: 'flux.poke', commit: 'second' }]);
  await store.poke([place], 'third', at(3));
  expect(await store.lease(place, at(4))).toMatchObject([{ commit: 'third' }]);
});

test('a command is leased to one, given again when the lease ran out, and not after it expired', async () => {
  await store.poke([place], 'c', at(0));
  const [command] = await store.lease(place, at(1));
  expect(await store.lease(place, at(2))).toEqual([]);
  expect(await store.lease({ ...place, cluster: 'us' }, at(2))).toEqual([]);
  expect(await store.lease(place, at(62))).toEqual([command]);
  expect(await store.lease(place, at(300))).toEqual([]);
});

test('the first answer counts', async () => {
  await store.poke([place], 'c', at(0));
  const [command] = await store.lease(place, at(1));
  const id = command?.id ?? '';
  expect(await store.finish(id, { outcome: 'done' }, at(5))).toEqual(at(5));
  expect(await store.finish(id, { outcome: 'failed' }, at(9))).toEqual(at(5));
  expect(await store.lease(place, at(100))).toEqual([]);
});

test('who waits hears of a command of their place', async () => {
  const watch = await createCommandWatch(opened.database);
  const signal = new AbortController().signal;
  const waiter = watch.join(place);
  const waiting = waiter.wait({ seconds: 60, signal });
  await store.poke([place], 'c', at(0));
  await expect(waiting).resolves.toBeUndefined();
  waiter.leave();
  await watch.close();
});
