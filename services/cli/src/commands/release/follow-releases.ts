import type { ReleaseView } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import type { Api } from '../../core/api.ts';
import { isAborted } from '../../core/is-aborted.ts';
import type { World } from '../../core/world.ts';
import { createBell, listen, type Bell } from './follow-stream.ts';
import { failedClusters } from './rollout-words.ts';

export interface FollowOptions {
  readonly service: string;
  readonly timeoutSeconds: number;
  /** Called with the first view of each release and with every change of its state, its words or its clusters. */
  onChange(release: ReleaseView, before?: ReleaseView): void;
  /** Called about once a second while nothing changes, for a view that shows the time. */
  onTick?(): void;
}

export type FollowEnd = 'ended' | 'timeout' | 'interrupted';

/** Seconds between two looks: often while something happens, then as a backstop of the stream. */
const looks = [1, 1, 2, 2, 3, 5];
/** The log of a crash may come a moment after the crash itself: seconds that are spent on it. */
const logSeconds = 4;
/** Failures that leave a log behind. */
const crashes = ['pod.crash-loop', 'pod.probe-killed', 'pod.init-crash', 'pod.out-of-memory', 'job.failed'];
const tickMilliseconds = 1000;

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
  /** @returns whether anything was new. What has failed may heal as long as others are under way. */
  const look = async (which: (release: ReleaseView) => boolean): Promise<boolean> => {
    let isNews = false;
    for (const before of [...current.values()].filter(which)) {
      const now = await showRelease(world, api, before);
      current.set(now.id, now);
      if (isSame(before, now)) continue;
      isNews = true;
      options.onChange(now, before);
    }
    return isNews;
  };
  const isOver = (): boolean => isAborted(world.signal) || world.now().getTime() >= deadline;
  const wait = (seconds: number): Promise<void> => pause(world, bell, { seconds, deadline, options });
  try {
    for (let round = 0; open(current).length > 0 && !isOver(); round += 1) {
      await wait(looks[Math.min(round, looks.length - 1)] ?? 5);
      if (!isAborted(world.signal) && (await look((release) => !release.ended || release.state === 'failed')))
        round = -1;
    }
    for (let second = 0; second < logSeconds && [...current.values()].some(lacksLog) && !isOver(); second += 1) {
      await look(lacksLog);
      if ([...current.values()].some(lacksLog)) await wait(1);
    }
  } finally {
    stream.abort();
    await listening;
  }
  return { end: endOf(world, open(current)), releases: [...current.values()] };
}

function endOf({ signal }: Pick<World, 'signal'>, left: readonly ReleaseView[]): FollowEnd {
  if (left.length === 0) return 'ended';
  return isAborted(signal) ? 'interrupted' : 'timeout';
}

function isSame(before: ReleaseView, now: ReleaseView): boolean {
  const facts = ({ state, says, ended, rollout }: ReleaseView): string => JSON.stringify([state, says, ended, rollout]);
  return facts(before) === facts(now);
}

/** Its container died, and what it printed has not come yet. */
function lacksLog({ state, rollout }: ReleaseView): boolean {
  return (
    state === 'failed' &&
    failedClusters(rollout).some(({ why, log }) => log === undefined && crashes.includes(why?.code ?? ''))
  );
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
