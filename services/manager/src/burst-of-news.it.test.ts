import type { FakeRepository, FakeSlackMessage } from '@release-manager/testing';
import { afterEach, expect, it } from 'vitest';

import { MergeBurst, type Going } from './testing/merge-burst.ts';
import { openNewsRoom, type NewsRoom } from './testing/news-room.ts';
import { linesOf } from './testing/slack-room.ts';

/** By team: the first and the last merge 30 times each, and a channel takes 20 messages in ten minutes. */
const channels = { 'a-*': 'C0TEAMAXX', 'b-*': 'C0TEAMBXX', 'c-*': 'C0TEAMCXX', 'd-*': 'C0TEAMDXX' };
const environments = ['dev', 'staging', 'prod'] as const;
const secondsPerStep = 30;

interface Merge {
  readonly service: string;
  readonly number: number;
  readonly artifactId: string;
  readonly sha: string;
  readonly goings: readonly Going[];
  /** Something newer took its place before it went further than dev. */
  readonly isOvertaken: boolean;
  /** The service does not start in prod: whatever brings it there fails. */
  readonly fails: boolean;
  /** It comes when its channel has had 20 messages already. */
  readonly isLate: boolean;
}

let room: NewsRoom;
afterEach(() => room.close());

/** 90 services; ten of them get a second merge while the first is on its way. Every tenth service fails in prod, late. */
async function mergeAll(): Promise<readonly Merge[]> {
  const merges: Merge[] = [];
  for (let index = 0; index < 100; index += 1) {
    const isSecond = index >= 90;
    const place = isSecond ? index - 90 : index;
    const service = `${'abcd'.charAt(Math.min(3, Math.floor(place / 20)))}-${place}`;
    const { artifact, number } = await room.merged(service, isSecond ? 'two' : 'one');
    const isOvertaken = index < 10;
    const fails = place % 10 === 3;
    const goings = environments.map((environment, later): Going => {
      const states = isOvertaken && environment !== 'dev' ? overtaken : wayOf({ later, fails: fails && later === 2 });
      return { artifact, environment, states: isSecond ? [undefined, undefined, ...states] : states };
    });
    merges.push({
      service,
      number,
      artifactId: artifact.id,
      sha: artifact.sha,
      goings,
      isOvertaken,
      fails,
      isLate: index >= 80,
    });
  }
  return merges;
}

const overtaken: Going['states'] = ['queued', undefined, 'superseded'];

/** Environments are done one after the other; what fails does so when patience ends. */
function wayOf({ later, fails }: { readonly later: number; readonly fails: boolean }): Going['states'] {
  const waits = Array.from({ length: fails ? 6 : later }, () => undefined);
  return ['queued', 'committed', 'applied', 'rolling-out', ...waits, fails ? 'failed' : 'healthy'];
}

it('a burst of 300 releases (100 merged pull requests × 3 environments) on an injected clock stays within both platforms’ limits and has every final status right within two simulated hours', async () => {
  room = await openNewsRoom(channels);
  const { clock, work, github, slack } = room;
  const merges = await mergeAll();
  const goings = merges.flatMap((merge) => merge.goings);
  expect(goings).toHaveLength(300);
  const begin = clock.now().getTime();

  const burst = new MergeBurst(room.database, clock.now);
  let happened = 0;
  for (let step = 0; step < 13; step += 1) {
    happened += await burst.step(goings, step);
    await work.react();
    await work.goBy(secondsPerStep);
  }
  await work.settle(7_200);
  expect(clock.now().getTime() - begin).toBeLessThanOrEqual(2 * 3_600_000);
  expect(github.misfits).toEqual([]);
  expect(slack.misfits).toEqual([]);
  expect(github.writes.refused).toBe(0);
  expect(github.writes.mostInMinute).toBeLessThanOrEqual(80);
  expect(slack.limitsHit).toBe(0);
  const undelivered = Object.values(await work.rows()).filter(({ state }) => state === 'pending' || state === 'failed');
  expect(undelivered).toEqual([]);

  for (const merge of merges) {
    expect([merge.number, ...deploymentsOf(merge, burst)]).toEqual([merge.number, ...deploymentsWanted(merge)]);
    expect([merge.number, ...commentsOn(merge)]).toEqual([merge.number, headlineWanted(merge)]);
    expect([merge.number, ...room.source.pull(merge.number).labels]).toEqual([
      merge.number,
      ...(merge.fails ? [] : ['released:prod']),
    ]);
    expect([merge.number, ...toldInSlack(merge)]).toEqual([merge.number, slackWanted(merge)]);
  }
  expect(twice(slack.messages.map((message) => `${message.channel} ${placeOf(message)}`))).toEqual([]);
  for (const { statuses } of room.source.deployments)
    expect(statuses.filter((status, index) => saysSame(status, statuses[index - 1]))).toEqual([]);
  // One for each that failed on its own, not for the merge that it took the place of.
  expect(slack.messages.filter((message) => / failed\//.test(placeOf(message)))).toHaveLength(9);

  // 1,440 states, each in a deployment, a comment and a message, are 4,320 things to tell: most were overtaken on their way.
  expect(happened).toBe(1_440);
  const written = github.requests.filter(({ method }) => method !== 'GET').length;
  expect(written + slack.requests.length).toBeLessThan(2_000);
}, 240_000);

function twice(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

type Status = FakeRepository['deployments'][number]['statuses'][number];

function saysSame(one: Status, other: Status | undefined): boolean {
  return one.state === other?.state && one.description === other.description;
}

/** The last status of the deployment of each environment. What was superseded has one only if it was told of before. */
function deploymentsOf({ goings }: Merge, burst: MergeBurst): readonly string[] {
  return goings.flatMap((going) => {
    const { id, state } = burst.releaseOf(going);
    const found = room.source.deployments.filter(({ payload }) => (payload as { marker: string }).marker === id);
    if (found.length === 0) return [state === 'superseded' ? 'inactive' : 'nothing'];
    return found.map(({ statuses }) => statuses.at(-1)?.state ?? 'nothing');
  });
}

function deploymentsWanted({ isOvertaken, fails }: Merge): readonly string[] {
  return isOvertaken ? ['inactive', 'inactive', 'inactive'] : ['success', 'success', fails ? 'failure' : 'success'];
}

/** The first line of each comment. */
function commentsOn({ number }: Merge): readonly string[] {
  const comments = room.source.comments.filter((comment) => comment.number === number);
  return comments.map(
    ({ body }) =>
      body
        .split('\n')
        .find((line) => line.startsWith('**'))
        ?.replace(/since .*/, 'since TIME') ?? body,
  );
}

function headlineWanted({ fails }: Merge): string {
  return fails ? '**Merged: in trouble in prod, live in dev and staging.**' : '**Live in prod since TIME';
}

/** What the channels show of it, in a message of its own or in a line of a digest. */
function toldInSlack({ service, artifactId, sha }: Merge): readonly string[] {
  const own = room.slack.messages.filter((message) => placeOf(message) === `artifact/${artifactId} parent`);
  const digests = room.slack.messages.filter((message) => placeOf(message).startsWith('digest/'));
  const lines = digests.flatMap((message) => linesOf(message).flatMap((text) => text.split('\n')));
  const mine = lines.filter((line) => line.startsWith(`*${service}* main@${sha.slice(0, 10)} `));
  return [...own.map(({ text }) => `alone: ${statesIn(text)}`), ...mine.map((line) => `digest: ${statesIn(line)}`)];
}

function statesIn(text: string): string {
  return [...text.matchAll(/\b(?:dev|staging|prod) [a-z]+/g)].map(([state]) => state).join(', ');
}

/** Which message of which merge it is. */
function placeOf({ metadata }: FakeSlackMessage): string {
  const { group, item } = metadata?.event_payload ?? {};
  return `${String(group)} ${String(item)}`;
}

/** A failure is told by itself, however many there are. */
function slackWanted({ isOvertaken, fails, isLate }: Merge): string {
  if (isOvertaken) return 'alone: dev healthy, staging superseded, prod superseded';
  const states = `dev healthy, staging healthy, prod ${fails ? 'failed' : 'healthy'}`;
  return `${isLate && !fails ? 'digest' : 'alone'}: ${states}`;
}
