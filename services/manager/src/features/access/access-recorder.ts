const firstPauseMs = 2_000;
const longestPauseMs = 60_000;

export interface Recorder {
  /** Works now, and once more when it was working already and may have begun too early. */
  wake(): void;
  idle(): Promise<void>;
  close(): void;
}

/** Tries again with growing pauses: a change that nobody follows up must not wait for the next one. */
export function createRecorder(options: {
  work(): Promise<void>;
  failed(error: unknown, pauseMs: number): void;
}): Recorder {
  let running: Promise<void> | undefined;
  let asked = 0;
  let closed = false;
  let pauseMs = firstPauseMs;
  let timer: NodeJS.Timeout | undefined;
  const attempt = async (): Promise<boolean> => {
    try {
      await options.work();
      pauseMs = firstPauseMs;
      return true;
    } catch (error) {
      if (closed) return false;
      options.failed(error, pauseMs);
      timer = setTimeout(wake, pauseMs).unref();
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      return false;
    }
  };
  const run = async (): Promise<void> => {
    let goesOn = true;
    while (goesOn) {
      const before = asked;
      goesOn = (await attempt()) && asked !== before && !closed;
    }
    running = undefined;
  };
  const wake = (): void => {
    clearTimeout(timer);
    if (closed) return;
    asked += 1;
    running ??= run();
  };
  return {
    wake,
    idle: () => running ?? Promise.resolve(),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
