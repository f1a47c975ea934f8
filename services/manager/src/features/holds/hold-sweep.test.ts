import type { Database } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { startHoldSweep } from './hold-sweep.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('looks once at a time, however long a look takes, and stops after it', async () => {
  const looks: (() => void)[] = [];
  const transaction = (): Promise<unknown> =>
    new Promise((_, reject) => {
      looks.push(() => {
        reject(new Error('the database is slow'));
      });
    });
  const sweep = startHoldSweep({
    database: { transaction } as unknown as Database,
    now: () => new Date(),
    recovery: { automationHold: () => Promise.resolve(undefined) },
    logger: silentLogger,
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toHaveLength(1);

  looks[0]?.();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toHaveLength(2);

  const stopped = sweep.stop();
  looks[1]?.();
  await stopped;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toHaveLength(2);
});
