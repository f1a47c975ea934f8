import { describe, expect, it } from 'vitest';

import { deliveryEnds } from './delivery-ends.ts';
import type { Urgency } from './delivery.ts';
import { endLimits, longestSpanSeconds, type EndLimits } from './end-limits.ts';
import { budgetLeft, waitForBudget, type Write } from './write-budget.ts';

const limits: EndLimits = {
  all: [
    { most: 10, seconds: 60 },
    { most: 20, seconds: 3_600 },
  ],
  lane: [{ most: 1, seconds: 1 }],
  named: { update: [{ most: 4, seconds: 60 }] },
};
const wish = (lane?: string, writes = 1, urgency: Urgency = 'final') => ({ lane, writes, urgency });
const many = (count: number, at: number, lane?: string): Write[] =>
  Array.from({ length: count }, () => ({ at, lane, writes: 1 }));

describe('the wait for room', () => {
  it('is none while every span has room', () => {
    expect(waitForBudget(limits, many(9, 0), wish(), 0)).toBe(0);
    expect(budgetLeft(limits, many(9, 0), 'final', 0)).toBe(1);
  });

  it('lasts until enough writes have left the span that is full', () => {
    expect(waitForBudget(limits, many(10, 0), wish(), 15_000)).toBe(45_000);
    expect(waitForBudget(limits, many(10, 0), wish(), 60_000)).toBe(0);
    const hour = [...many(10, 0), ...many(10, 60_000)];
    expect(waitForBudget(limits, hour, wish(), 200_000)).toBe(3_400_000);
  });

  it('is as long for several writes as for the last of them', () => {
    const log = [...many(5, 0), ...many(4, 30_000)];
    expect(waitForBudget(limits, log, wish(undefined, 1), 40_000)).toBe(0);
    expect(waitForBudget(limits, log, wish(undefined, 2), 40_000)).toBe(20_000);
    expect(waitForBudget(limits, log, wish(undefined, 7), 40_000)).toBe(50_000);
  });

  it('ends some time even for more than there ever is', () => {
    expect(waitForBudget(limits, many(1, 0), wish(undefined, 99), 0)).toBe(3_600_000);
    expect(waitForBudget(limits, [], wish(undefined, 99), 0)).toBe(0);
  });

  it('counts each lane by itself, and a named one by its own limits', () => {
    const log = many(1, 0, 'C1');
    expect(waitForBudget(limits, log, wish('C1'), 400)).toBe(600);
    expect(waitForBudget(limits, log, wish('C2'), 400)).toBe(0);
    expect(waitForBudget(limits, many(3, 0, 'update'), wish('update'), 1)).toBe(0);
    expect(waitForBudget(limits, many(4, 0, 'update'), wish('update'), 1)).toBe(59_999);
  });

  it('comes sooner for what is in between: half is kept for what says more', () => {
    expect(waitForBudget(limits, many(5, 0), wish(undefined, 1, 'intermediate'), 1)).toBe(59_999);
    expect(waitForBudget(limits, many(8, 0), wish(undefined, 1, 'normal'), 1)).toBe(0);
    expect(waitForBudget(limits, many(9, 0), wish(undefined, 1, 'normal'), 1)).toBe(59_999);
    expect(waitForBudget(limits, many(9, 0), wish(), 1)).toBe(0);
  });
});

it('whoever always waits as told passes no limit in any span', () => {
  const log: Write[] = [];
  let now = 0;
  // A fixed mixture: no randomness, so that a failure is the same one again.
  for (let index = 0; index < 400; index += 1) {
    const next = wish(
      index % 3 === 0 ? 'update' : `C${index % 7}`,
      1 + (index % 2),
      index % 5 === 0 ? 'final' : 'normal',
    );
    const wait = waitForBudget(limits, log, { ...next, writes: next.lane === 'update' ? next.writes : 1 }, now);
    now += wait;
    log.push({ at: now, lane: next.lane, writes: next.lane === 'update' ? next.writes : 1 });
  }
  const within = (times: readonly Write[], { most, seconds }: { most: number; seconds: number }): void => {
    for (const { at } of times) {
      const used = times.filter((write) => write.at > at - seconds * 1000 && write.at <= at);
      expect(used.reduce((sum, { writes }) => sum + writes, 0)).toBeLessThanOrEqual(most);
    }
  };
  for (const limit of limits.all) within(log, limit);
  const ofLane = (lane: string): Write[] => log.filter((write) => write.lane === lane);
  for (const limit of limits.named['update'] ?? []) within(ofLane('update'), limit);
  for (let lane = 0; lane < 7; lane += 1) for (const limit of limits.lane) within(ofLane(`C${lane}`), limit);
});

it('every end keeps to limits, and none is longer than what is remembered', () => {
  for (const end of deliveryEnds) {
    const { all, lane, named } = endLimits[end];
    expect(all.length).toBeGreaterThan(0);
    for (const { most, seconds } of [...all, ...lane, ...Object.values(named).flat()]) {
      expect(most).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(longestSpanSeconds);
    }
  }
  // What the platforms publish (docs.github.com, docs.slack.dev).
  expect(endLimits.github.all).toEqual([
    { most: expect.toSatisfy((most: number) => most <= 80) as number, seconds: 60 },
    { most: expect.toSatisfy((most: number) => most <= 500) as number, seconds: 3_600 },
  ]);
});
