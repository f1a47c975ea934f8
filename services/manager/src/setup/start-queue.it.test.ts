import { setTimeout as wait } from 'node:timers/promises';

import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startQueue } from './start-queue.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.drop());

describe('the start of the queue', () => {
  it('is done by one manager at a time, and by each of them', async () => {
    let running = 0;
    const together: number[] = [];
    const start = async (): Promise<void> => {
      running += 1;
      together.push(running);
      await wait(5);
      running -= 1;
    };
    await Promise.all(Array.from({ length: 4 }, () => startQueue({ start }, test.database)));
    expect(together).toEqual([1, 1, 1, 1]);
  });

  it('is free for the next one when it failed', async () => {
    const failing = { start: () => Promise.reject(new Error('no')) };
    await expect(startQueue(failing, test.database)).rejects.toThrow('no');
    await expect(startQueue({ start: () => Promise.resolve() }, test.database)).resolves.toBeUndefined();
  });
});
