/** A bell: rung while nobody waits, it is remembered for the next wait. */
export interface Wake {
  readonly now: () => void;
  /** Resolves when the bell rings, or after so many seconds. */
  wait(seconds: number): Promise<void>;
  /** Waits the whole time whatever rings, unless aborted: the pause after a failure. */
  pause(seconds: number, signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  let rung = false;
  let ring: (() => void) | undefined;
  const sleep = (seconds: number, arm: (done: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      arm(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  return {
    now: () => {
      rung = true;
      ring?.();
    },
    async wait(seconds) {
      if (!rung) {
        await sleep(seconds, (done) => {
          ring = done;
        });
      }
      rung = false;
      ring = undefined;
    },
    async pause(seconds, signal) {
      if (signal.aborted) return;
      await sleep(seconds, (done) => signal.addEventListener('abort', done, { once: true }));
    },
  };
}
