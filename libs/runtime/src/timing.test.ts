import { AppError } from '@release-manager/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { backoff, withTimeout } from './timing.ts';

describe('backoff', () => {
  it('doubles up to the cap, at least half of it certain', () => {
    const shortest = (attempt: number): number => backoff(attempt, { base: 100, cap: 1_000, random: () => 0 });
    const longest = (attempt: number): number => backoff(attempt, { base: 100, cap: 1_000, random: () => 1 });
    expect([1, 2, 3, 4, 5, 99].map(shortest)).toEqual([50, 100, 200, 400, 500, 500]);
    expect([1, 2, 3, 4, 5, 99].map(longest)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('is a number within its bounds for any attempt', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5, max: 1e9 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, roll) => {
          const pause = backoff(attempt, { base: 10, cap: 60_000, random: () => roll });
          expect(pause).toBeGreaterThanOrEqual(5);
          expect(pause).toBeLessThanOrEqual(60_000);
        },
      ),
    );
  });
});

describe('withTimeout', () => {
  const forever = async (): Promise<never> => new Promise(() => undefined);

  it('gives the result or the error of the work', async () => {
    const limit = { milliseconds: 10_000, what: 'the work' };
    await expect(withTimeout(limit, async () => Promise.resolve(3))).resolves.toBe(3);
    await expect(withTimeout(limit, async () => Promise.reject(new Error('broke')))).rejects.toThrow('broke');
  });

  it('ends the wait at the limit and tells the work', async () => {
    let told: AbortSignal | undefined;
    const wait = withTimeout({ milliseconds: 1, what: 'the push' }, async (signal) => {
      told = signal;
      return forever();
    });
    await expect(wait).rejects.toMatchObject({ kind: 'unavailable', code: 'runtime.timeout' });
    await expect(wait).rejects.toThrow('the push took longer than 1 ms');
    expect(told?.reason).toBeInstanceOf(AppError);
  });

  it('ends the wait with the reason of the outer signal', async () => {
    const controller = new AbortController();
    const wait = withTimeout({ milliseconds: 10_000, what: 'x', signal: controller.signal }, forever);
    controller.abort(new Error('stopping'));
    await expect(wait).rejects.toThrow('stopping');
    const limit = { milliseconds: 10_000, what: 'x', signal: controller.signal };
    await expect(withTimeout(limit, forever)).rejects.toThrow('stopping');
  });
});
