import { expect, test, vi } from 'vitest';

import { createWake } from './wake.ts';

test('a bell that rang while nobody waited is heard by the next wait, once', async () => {
  vi.useFakeTimers();
  const wake = createWake();
  wake.now();
  await wake.wait(60);
  let again = false;
  const second = wake.wait(60).then(() => {
    again = true;
  });

  await vi.advanceTimersByTimeAsync(59_000);
  expect(again).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  await second;
  vi.useRealTimers();

  expect(again).toBe(true);
});

test('ringing ends a wait at once, but not a pause; only its signal does', async () => {
  const wake = createWake();
  const waiting = wake.wait(60);
  wake.now();
  await waiting;
  const stop = new AbortController();
  let ended = false;
  const pausing = wake.pause(60, stop.signal).then(() => {
    ended = true;
  });
  wake.now();
  await Promise.resolve();
  expect(ended).toBe(false);
  stop.abort();
  await pausing;
  expect(ended).toBe(true);
});
