import type { ReleaseView } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import type { Api } from '../../core/api.ts';
import { isAborted } from '../../core/is-aborted.ts';
import type { World } from '../../core/world.ts';

export interface FollowOptions {
  readonly service: string;
  readonly timeoutSeconds: number;
  /** Called with the first view of each release and with every change of its state or of what it says. */
  onChange(release: ReleaseView): void;
  /** Called about once a second while nothing changes, for a view that shows the time. */
  onTick?(): void;
}

export type FollowEnd = 'ended' | 'timeout' | 'interrupted';

/** Seconds between two looks: often at first, when most happens, then as a backstop of the stream. */
const looks = [1, 1, 2, 2, 3, 5];
const tickMilliseconds = 1000;
const reconnectMilliseconds = [250, 1000, 3000, 10_000];

/**
 * Follows releases until nothing more will happen to any of them. The stream of events says when to look, and looking at
 * intervals makes up for every event that is missed: a proxy that buffers, a manager that restarts, a laptop that slept.
 */
export async function followReleases(
  world: Pick<World, 'now' | 'sleep' | 'signal'>,
  api: Api,
  first: readonly ReleaseView[],
  options: FollowOptions,
): Promise<{ end: FollowEnd; releases: readonly ReleaseView[] }> {
  const deadline = world.now().getTime() + options.timeoutSeconds * 1000;
  const current = new Map(first.map((release) => [release.id, release]));
  for (const release of first) options.onChange(release);
  const stream = new AbortController();
  const bell = createBell();
  const listening = listen(world, api, options.service, {
    signal: AbortSignal.any([stream.signal, world.signal]),
    heard: (id) => current.has(id) && bell.ring(),
  });
  const look = async (): Promise<void> => {
    for (const before of open(current)) {
      const now = await showRelease(world, api, before);
      current.set(now.id, now);
      if (now.state !== before.state || now.says !== before.says || now.ended !== before.ended) options.onChange(now);
    }
  };
  let end: FollowEnd = 'ended';
  try {
    for (let round = 0; open(current).length > 0; round += 1) {
      if (isAborted(world.signal)) break;
      if (world.now().getTime() >= deadline) {
        end = 'timeout';
        break;
      }
      await pause(world, bell, { seconds: looks[Math.min(round, looks.length - 1)] ?? 5, deadline, options });
      if (!isAborted(world.signal)) await look();
    }
  } finally {
    stream.abort();
    await listening;
  }
  if (isAborted(world.signal) && open(current).length > 0) end = 'interrupted';
  return { end, releases: [...current.values()] };
}

function open(releases: ReadonlyMap<string, ReleaseView>): ReleaseView[] {
  return [...releases.values()].filter((release) => !release.ended);
}

/** A look that fails because the manager restarts is no reason to stop; one that it refuses is. */
async function showRelease(world: Pick<World, 'signal'>, api: Api, before: ReleaseView): Promise<ReleaseView> {
  try {
    return await api.call('showRelease', { id: before.id });
  } catch (error) {
    const passing = error instanceof AppError && (error.kind === 'unavailable' || error.kind === 'limited');
    if (passing || isAborted(world.signal)) return before;
    throw error;
  }
}

async function pause(
  world: Pick<World, 'now' | 'sleep' | 'signal'>,
  bell: Bell,
  { seconds, deadline, options }: { seconds: number; deadline: number; options: FollowOptions },
): Promise<void> {
  const until = Math.min(world.now().getTime() + seconds * 1000, deadline);
  while (!bell.rang() && !isAborted(world.signal)) {
    const left = until - world.now().getTime();
    if (left <= 0) return;
    const awake = new AbortController();
    await Promise.race([
      world.sleep(Math.min(left, tickMilliseconds), AbortSignal.any([world.signal, awake.signal])),
      bell.ringing(),
    ]);
    awake.abort();
    options.onTick?.();
  }
}

interface Bell {
  ring(): void;
  /** True once after it rang. */
  rang(): boolean;
  ringing(): Promise<void>;
}

function createBell(): Bell {
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
async function listen(
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
