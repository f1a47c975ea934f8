import type { ReleaseView } from '@release-manager/contract';

import type { Output } from '../../core/output.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { truncate } from '../../core/text-width.ts';
import type { World } from '../../core/world.ts';
import { reasonLines, statePiece } from './describe-release.ts';

/** What a person sees of releases that are followed. */
export interface FollowView {
  changed(release: ReleaseView): void;
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
    changed(release) {
      const time = world
        .now()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z');
      output.say(`${time} ${release.environment} `, statePiece(release.state), ` ${release.says}`);
    },
    tick: () => undefined,
    finish: (releases) => sayReasons(output, releases),
  };
}

/** One line per environment, painted over as it changes. */
function liveView(world: Pick<World, 'now'>, output: Output): FollowView {
  const releases = new Map<string, ReleaseView>();
  const began = world.now().getTime();
  const paint = (): void => {
    const seconds = Math.round((world.now().getTime() - began) / 1000);
    const width = Math.max(...[...releases.keys()].map((name) => name.length));
    output.repaint([...releases.values()].map((release) => line(release, width, output.columns, seconds)));
  };
  return {
    changed(release) {
      releases.set(release.environment, release);
      paint();
    },
    tick: paint,
    finish(ended) {
      sayReasons(output, ended);
    },
  };
}

/** Shorter than the terminal is wide: a wrapped line would break the painting over. */
function line(release: ReleaseView, width: number, columns: number, seconds: number): Piece[] {
  const environment = release.environment.padEnd(width);
  const clock = release.ended ? '' : ` ${seconds} s`;
  const room = columns - environment.length - release.state.length - clock.length - 5;
  return [
    styled('bold', environment),
    '  ',
    statePiece(release.state),
    styled('dim', clock),
    room > 10 ? `  ${truncate(release.says, room)}` : '',
  ];
}

function sayReasons(output: Output, releases: readonly ReleaseView[]): void {
  for (const release of releases) {
    const lines = reasonLines(release);
    if (lines.length > 0) output.say(styled('bold', `${release.service} in ${release.environment}:`));
    for (const pieces of lines) output.say('  ', ...pieces);
  }
}
