import type { Api } from '../../core/api.ts';
import { isAborted } from '../../core/is-aborted.ts';
import type { World } from '../../core/world.ts';

const reconnectMilliseconds = [250, 1000, 3000, 10_000];

/** Wakes whoever waits; remembers that it rang until somebody looked. */
export interface Bell {
  ring(): void;
  /** True once after it rang. */
  rang(): boolean;
  ringing(): Promise<void>;
}

export function createBell(): Bell {
  let hasRung = false;
  let wake = Promise.withResolvers<void>();
  return {
    ring() {
      hasRung = true;
      wake.resolve();
    },
    rang() {
      const was = hasRung;
      if (was) {
        hasRung = false;
        wake = Promise.withResolvers<void>();
      }
      return was;
    },
    ringing: () => wake.promise,
  };
}

/** Reads the stream, and after a drop goes on behind the last event it saw. */
export async function listen(
  world: Pick<World, 'sleep'>,
  api: Api,
  service: string,
  { signal, heard }: { signal: AbortSignal; heard: (release: string) => void },
): Promise<void> {
  let after: string | undefined;
  let failures = 0;
  const readOn = async (): Promise<void> => {
    for await (const entry of api.follow({ service, after }, signal)) {
      after = entry.id;
      failures = 0;
      if (entry.release !== undefined) heard(entry.release);
    }
  };
  while (!isAborted(signal)) {
    // The looks at intervals go on; what refuses the stream for good shows there.
    await readOn().catch(() => undefined);
    await world.sleep(reconnectMilliseconds[Math.min(failures, reconnectMilliseconds.length - 1)] ?? 10_000, signal);
    failures += 1;
  }
}
