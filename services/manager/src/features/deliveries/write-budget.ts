import type { Urgency } from './delivery.ts';
import type { EndLimits, WriteLimit } from './end-limits.ts';

/** Writes that were made, or are about to be. */
export interface Write {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly lane: string | undefined;
  readonly writes: number;
}

/** What somebody would like to write. */
export interface WriteWish {
  readonly lane: string | undefined;
  readonly writes: number;
  readonly urgency: Urgency;
}

/**
 * How much of a limit each may use up: what is in between only while there is plenty, since a later state says more; and
 * something is always left for what is final.
 */
const shares: Readonly<Record<Urgency, number>> = { final: 1, normal: 0.9, intermediate: 0.5 };

/**
 * Milliseconds until a wish fits into every limit; 0 when it does now. The writes of each span are counted one by one, because a
 * bucket that refills lets twice its size through within one span: once full, and once as it refills. Pure.
 */
export function waitForBudget(limits: EndLimits, log: readonly Write[], wish: WriteWish, now: number): number {
  const { lane, writes, urgency } = wish;
  const share = shares[urgency];
  const waits = limits.all.map((limit) => waitForLimit(limit, log, { writes, share, now }));
  if (lane === undefined) return Math.max(0, ...waits);
  const mine = log.filter((write) => write.lane === lane);
  const ofLane = limits.named[lane] ?? limits.lane;
  return Math.max(0, ...waits, ...ofLane.map((limit) => waitForLimit(limit, mine, { writes, share, now })));
}

/** How many single writes of that urgency the end would take at this moment, whatever their lanes. */
export function budgetLeft(limits: EndLimits, log: readonly Write[], urgency: Urgency, now: number): number {
  return Math.min(
    ...limits.all.map((limit) => Math.max(0, usable(limit, shares[urgency]) - usedWithin(limit, log, now))),
  );
}

interface Asked {
  readonly writes: number;
  readonly share: number;
  readonly now: number;
}

function waitForLimit(limit: WriteLimit, log: readonly Write[], { writes, share, now }: Asked): number {
  // Who wants more at once than there ever is gets all there is.
  const room = Math.max(0, usable(limit, share) - writes);
  let used = usedWithin(limit, log, now);
  if (used <= room) return 0;
  for (const write of log) {
    const leavesAt = write.at + limit.seconds * 1000;
    if (leavesAt <= now) continue;
    used -= write.writes;
    if (used <= room) return leavesAt - now;
  }
  return limit.seconds * 1000;
}

function usable({ most }: WriteLimit, share: number): number {
  return Math.max(1, Math.floor(most * share));
}

function usedWithin({ seconds }: WriteLimit, log: readonly Write[], now: number): number {
  const from = now - seconds * 1000;
  return log.reduce((sum, write) => (write.at > from ? sum + write.writes : sum), 0);
}
