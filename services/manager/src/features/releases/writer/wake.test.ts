import { expect, test, vi } from 'vitest';

import { createWake } from './wake.ts';

async function after(waiting: Promise<void>, then: () => void): Promise<void> {
  await waiting;
  then();
}

test('a bell that rang while nobody waited is heard by the next wait, once', async () => {
  vi.useFakeTimers();
  const wake = createWake();
  wake.now();
  await wake.wait(60);
  const heard = vi.fn<() => void>();
  const second = after(wake.wait(60), heard);

  await vi.advanceTimersByTimeAsync(59_000);
  expect(heard).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);
  await second;
  vi.useRealTimers();

  expect(heard).toHaveBeenCalledOnce();
});

test('ringing ends a wait at once, but not a pause; only its signal does', async () => {
  const wake = createWake();
  const waiting = wake.wait(60);
  wake.now();
  await waiting;
  const stop = new AbortController();
  const ended = vi.fn<() => void>();
  const pausing = after(wake.pause(60, stop.signal), ended);
  wake.now();
  await Promise.resolve();
  expect(ended).not.toHaveBeenCalled();
  stop.abort();
  await pausing;
  expect(ended).toHaveBeenCalledOnce();
});
