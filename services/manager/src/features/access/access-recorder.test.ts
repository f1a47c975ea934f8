import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createRecorder } from './access-recorder.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work whose end the test decides. */
function steps(): { readonly begun: PromiseWithResolvers<void>[]; readonly work: () => Promise<void> } {
  const begun: PromiseWithResolvers<void>[] = [];
  return {
    begun,
    work: () => {
      const step = Promise.withResolvers<void>();
      begun.push(step);
      return step.promise;
    },
  };
}

test('works once more for whoever came while it worked, and not for each of them', async () => {
  const { begun, work } = steps();
  const recorder = createRecorder({ work, failed: () => undefined });
  recorder.wake();
  recorder.wake();
  recorder.wake();
  const idle = recorder.idle();
  expect(begun).toHaveLength(1);
  begun[0]?.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toHaveLength(2);
  begun[1]?.resolve();
  await idle;
  expect(begun).toHaveLength(2);
  recorder.wake();
  expect(begun).toHaveLength(3);
  begun[2]?.resolve();
  await recorder.idle();
});

test('tries again by itself with growing pauses, at once when somebody comes, and not after its end', async () => {
  const pauses: number[] = [];
  const { begun, work } = steps();
  const recorder = createRecorder({ work, failed: (_, pauseMs) => pauses.push(pauseMs) });
  const fail = async (): Promise<void> => {
    begun.at(-1)?.reject(new Error('away'));
    await vi.advanceTimersByTimeAsync(0);
  };
  recorder.wake();
  await fail();
  await vi.advanceTimersByTimeAsync(1_999);
  expect(begun).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toHaveLength(2);
  await fail();
  recorder.wake();
  expect(begun).toHaveLength(3);
  await fail();
  expect(pauses).toEqual([2_000, 4_000, 8_000]);
  recorder.close();
  await vi.advanceTimersByTimeAsync(600_000);
  recorder.wake();
  expect(begun).toHaveLength(3);
});
