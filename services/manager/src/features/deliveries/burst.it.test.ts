import { AppError } from '@release-manager/domain';
import { afterEach, expect, it } from 'vitest';

import { openDeliveryRoom, testClock, type DeliveryRoom } from '../../testing/delivery-room.ts';
import type { DeliveryKind, Urgency, WantedDelivery } from './delivery.ts';
import { wantDelivery } from './want-delivery.ts';

let room: DeliveryRoom;
afterEach(() => room.close());

/** What GitHub and Slack allow, by their documentation; our own limits lie a little below. */
const allowed = {
  github: [
    { most: 80, seconds: 60 },
    { most: 500, seconds: 3_600 },
  ],
  post: [{ most: 1, seconds: 1 }],
  update: [{ most: 50, seconds: 60 }],
} as const;

const states = ['queued', 'committed', 'applied', 'rolling 1/3', 'rolling 2/3', 'healthy'] as const;
const environments = ['dev', 'staging', 'prod'] as const;

/** The most writes that lie within any span of so many seconds. */
function mostWithin(times: readonly number[], seconds: number): number {
  let most = 0;
  let first = 0;
  times.forEach((time, index) => {
    while (time - (times[first] ?? time) >= seconds * 1000) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

/** A world outside that shows what it was told last, and when it was told anything. */
function outside(truth: ReadonlyMap<string, string>) {
  const shown = new Map<string, string>();
  const written = new Map<string, number[]>();
  const clock = testClock();
  const write = (lane: string, thing: string, text: string): void => {
    written.set(lane, [...(written.get(lane) ?? []), clock.now().getTime()]);
    shown.set(thing, text);
  };
  const truthOf = (key: string): string =>
    [...truth].flatMap(([release, state]) => (release.startsWith(key) ? [`${release} ${state}`] : [])).join('\n');
  const github = (kind: string, making: number): DeliveryKind => ({
    kind,
    end: 'github',
    async deliver({ key, sentHash }, { spend }) {
      const text = truthOf(key);
      if (text === sentHash) return { outcome: 'unchanged' };
      const writes = sentHash === undefined ? making : 1;
      await spend(undefined, writes);
      for (let count = 0; count < writes; count += 1) write('github', `${kind} ${key}`, text);
      return { outcome: 'sent', hash: text };
    },
  });
  const slack: DeliveryKind = {
    kind: 'slack.release',
    end: 'slack',
    async deliver({ key, sentHash, subject }, { spend }) {
      const text = truthOf(key);
      if (text === sentHash) return { outcome: 'unchanged' };
      const lane = sentHash === undefined ? (subject['channel'] ?? '') : 'update';
      await spend(lane);
      write(`slack ${lane}`, `slack.release ${key}`, text);
      return { outcome: 'sent', hash: text };
    },
  };
  return {
    clock,
    shown,
    written,
    truthOf,
    kinds: [github('github.deployment', 2), github('github.comment', 1), slack],
  };
}

it('300 releases at once: every final state is shown within two hours, and no limit was passed at any time', async () => {
  const truth = new Map<string, string>();
  const world = outside(truth);
  room = await openDeliveryRoom({ kinds: world.kinds, reactions: [] }, world.clock);
  const pulls = Array.from({ length: 100 }, (_, index) => `pr${String(index).padStart(3, '0')}`);
  const begin = world.clock.now().getTime();

  for (const state of states) {
    const urgency: Urgency = state === 'healthy' ? 'final' : 'intermediate';
    await room.database.transaction(async (tx) => {
      for (const pull of pulls) {
        const wants: WantedDelivery[] = [{ kind: 'github.comment', key: pull, subject: {}, urgency }];
        for (const environment of environments) {
          const release = `${pull}/${environment}`;
          truth.set(release, state);
          const subject = { channel: `C${Number(pull.slice(2)) % 10}` };
          wants.push({ kind: 'github.deployment', key: release, subject, urgency });
          wants.push({ kind: 'slack.release', key: release, subject, urgency });
        }
        for (const wanted of wants) await wantDelivery(tx, wanted, world.clock.now());
      }
    });
    await room.deliver();
    world.clock.pass(30);
  }
  await room.settle(7_200);

  expect(world.clock.now().getTime() - begin).toBeLessThanOrEqual(7_200_000);
  for (const pull of pulls) {
    expect(world.shown.get(`github.comment ${pull}`)).toBe(world.truthOf(pull));
    for (const environment of environments) {
      const healthy = `${pull}/${environment} healthy`;
      expect(world.shown.get(`github.deployment ${pull}/${environment}`)).toBe(healthy);
      expect(world.shown.get(`slack.release ${pull}/${environment}`)).toBe(healthy);
    }
  }
  for (const [lane, times] of world.written) {
    const limits = lane === 'github' ? allowed.github : lane === 'slack update' ? allowed.update : allowed.post;
    for (const { most, seconds } of limits)
      expect([lane, seconds, mostWithin(times, seconds) <= most]).toEqual([lane, seconds, true]);
  }
  // 1,800 states in three places are 5,400 things to tell: most of them were overtaken.
  const told = [...world.written.values()].reduce((sum, times) => sum + times.length, 0);
  expect(told).toBeLessThan(2_000);
}, 240_000);

it('comes back from an outage of an hour at the pace of the budget, and nothing is lost', async () => {
  const clock = testClock();
  const shown = new Set<string>();
  let tries = 0;
  let away = true;
  const kind: DeliveryKind = {
    kind: 'slack.release',
    end: 'slack',
    async deliver({ key }, { spend }) {
      await spend();
      tries += 1;
      if (away) throw new AppError('unavailable', 'slack.away', 'Slack does not answer.');
      shown.add(key);
      return { outcome: 'sent' };
    },
  };
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] }, clock);
  const want = async (name: string, count: number): Promise<void> =>
    room.database.transaction(async (tx) => {
      for (let index = 0; index < count; index += 1)
        await wantDelivery(
          tx,
          { kind: 'slack.release', key: `${name}${index}`, subject: {}, urgency: 'final' },
          clock.now(),
        );
    });
  await want('before', 100);
  for (let minute = 0; minute < 60; minute += 1) {
    await room.deliver();
    clock.pass(60);
    await want(`m${minute} `, 2);
  }
  // Once a minute somebody looks whether it is back.
  expect(tries).toBeLessThan(90);
  away = false;
  await room.settle(1_200);
  expect(shown.size).toBe(220);
}, 120_000);
