import type { ReleaseView } from '@release-manager/contract';

import { fitLine } from '../../core/fit-line.ts';
import type { Output } from '../../core/output.ts';
import { styled, type Piece } from '../../core/piece.ts';
import type { World } from '../../core/world.ts';
import { reasonLines, statePiece } from './describe-release.ts';
import { releaseTree, type TreeEntry } from './follow-tree.ts';
import { troubleLines } from './rollout-words.ts';

/** What a person sees of releases that are followed. */
export interface FollowView {
  /** @param before the same release as it was seen last */
  changed(release: ReleaseView, before?: ReleaseView): void;
  tick(): void;
  /** After the end: why each one stands where it stands. */
  finish(releases: readonly ReleaseView[]): void;
}

export function createFollowView(world: Pick<World, 'now'>, output: Output): FollowView {
  return output.live ? liveView(world, output) : lineView(world, output);
}

/** One line per change, with the time: what a CI log can keep. */
function lineView(world: Pick<World, 'now'>, output: Output): FollowView {
  return {
    changed(release, before) {
      // How the counters of each workload move is in the words where it matters.
      if (before?.state === release.state && before.says === release.says && before.ended === release.ended) return;
      const time = world
        .now()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z');
      const state = hasRecovered(release, before) ? styled('green', 'recovered') : statePiece(release.state);
      output.say(`${time} ${release.environment} `, state, ` ${release.says}`);
    },
    tick: () => undefined,
    finish: (releases) => sayReasons(output, releases),
  };
}

/** A tree of environments, clusters and workloads, painted over as it changes. */
function liveView(world: Pick<World, 'now'>, output: Output): FollowView {
  const entries = new Map<string, TreeEntry>();
  const began = world.now().getTime();
  const paint = (): void => {
    const seconds = Math.round((world.now().getTime() - began) / 1000);
    output.repaint(releaseTree([...entries.values()], seconds).map((line) => fitLine(line, output.columns)));
  };
  return {
    changed(release, before) {
      const recovered = entries.get(release.id)?.recovered === true || hasRecovered(release, before);
      entries.set(release.id, { release, recovered });
      paint();
    },
    tick: paint,
    finish(ended) {
      sayReasons(output, ended);
    },
  };
}

function hasRecovered(release: ReleaseView, before: ReleaseView | undefined): boolean {
  return before?.state === 'failed' && release.state === 'healthy';
}

function sayReasons(output: Output, releases: readonly ReleaseView[]): void {
  for (const release of releases) {
    const lines = whyLines(release);
    if (lines.length > 0) output.say(styled('bold', `${release.service} in ${release.environment}:`));
    for (const pieces of lines) output.say('  ', ...pieces);
  }
}

/** What each cluster says of it, where one says anything; else what the manager does. */
function whyLines(release: ReleaseView): Piece[][] {
  const isInClusters = ['committed', 'applied', 'rolling-out', 'healthy', 'failed'].includes(release.state);
  const ofClusters = isInClusters ? troubleLines(release.rollout) : [];
  return ofClusters.length > 0 ? ofClusters : reasonLines(release);
}
