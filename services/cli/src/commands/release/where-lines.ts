import type { Hop, ReleaseView, WhereEnvironment, WhereView } from '@release-manager/contract';

import { ago, howLong } from '../../core/duration.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { padEnd, textWidth } from '../../core/text-width.ts';
import { reasonLines } from './describe-release.ts';
import { healthPiece, podCount, troubleLines } from './rollout-words.ts';

/** The way of one artifact: a head, from CI to the verdict, and a line for each environment. */
export function wayLines(way: WhereView, now: Date): Piece[][] {
  const { service, artifact, branch, sha, author, message, state, hops, environments } = way;
  const width = Math.max(0, ...environments.map(({ environment }) => textWidth(environment)));
  const about = [author, message].filter((text) => text !== undefined && text !== '').join(': ');
  return [
    [styled('bold', service), `  ${artifact}`, styled('dim', `  ${branch} ${sha.slice(0, 10)}`)],
    ...(about === '' ? [] : [[`  ${about}`]]),
    ['  ', ...hopPieces(hops), state === 'ready' || state === 'rejected' ? '' : ` → is ${state}`, since(hops, now)],
    ...environments.flatMap((each): Piece[][] => [
      ['  ', styled('bold', padEnd(each.environment, width)), '  ', ...environmentPieces(each, artifact, now)],
      ...standsInTheWay(each).map((line): Piece[] => ['    ', ...line]),
    ]),
  ];
}

function environmentPieces(each: WhereEnvironment, artifact: string, now: Date): Piece[] {
  const { release, hops, there } = each;
  if (release === undefined) return [styled('dim', notReleased(each))];
  // The last step is said with the state of the pods.
  const steps = withTimes(hops.filter(({ name }) => name !== 'requested' && name !== 'queued').slice(0, -1), hops);
  const last = hops.at(-1);
  const isReplaced = release.commit !== undefined && artifact !== there;
  return [
    ...steps,
    steps.length === 0 ? '' : ' → ',
    healthPiece(release),
    last === undefined ? '' : styled('dim', ` ${timeOf(last, hops)}`),
    saysMore(release),
    styled('dim', `, by ${release.actor.name}`),
    since(hops, now),
    isReplaced ? `; now there is ${there ?? 'nothing'}` : '',
  ];
}

/** What it waits for, where no counter of pods says it. */
function saysMore({ state, ended, rollout, says }: ReleaseView): string {
  const isQuiet = ended || state === 'waiting' || podCount(rollout) !== undefined;
  return isQuiet && state !== 'superseded' ? '' : `: ${says}`;
}

function notReleased({ state }: WhereEnvironment): string {
  switch (state) {
    case 'ready':
      return 'not released';
    case 'rejected':
      return 'rejected; `release-cli artifact show` says why';
    case 'absent':
      return 'not in this artifact';
    case 'unknown':
      return 'not verified yet';
  }
}

/** Why it does not go on, where it is known. */
function standsInTheWay({ release, isThere }: WhereEnvironment): Piece[][] {
  if (release === undefined) return [];
  const ofClusters = isThere ? troubleLines(release.rollout) : [];
  return ofClusters.length > 0 ? ofClusters : reasonLines(release);
}

function hopPieces(hops: readonly Hop[]): Piece[] {
  return withTimes(hops, hops);
}

function withTimes(shown: readonly Hop[], all: readonly Hop[]): Piece[] {
  return shown.flatMap((hop, index): Piece[] => [
    index === 0 ? '' : ' → ',
    hop.name === 'failed' || hop.name === 'rejected' ? styled('red', hop.name) : hop.name,
    styled('dim', ` ${timeOf(hop, all)}`),
  ]);
}

/** How long the hop took; what is not shown of the way before belongs to it. */
function timeOf(hop: Hop, all: readonly Hop[]): string {
  const index = all.indexOf(hop);
  const hidden = all.slice(0, index).toReversed();
  const until = hidden.findIndex(({ name }) => name !== 'queued');
  const seconds = hop.seconds + hidden.slice(0, until === -1 ? 0 : until).reduce((sum, each) => sum + each.seconds, 0);
  return howLong(seconds);
}

function since(hops: readonly Hop[], now: Date): Piece {
  const last = hops.at(-1);
  return last === undefined ? '' : styled('dim', `, ${ago(last.at, now)}`);
}
