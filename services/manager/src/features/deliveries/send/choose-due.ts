import type { EndLimits } from '../end-limits.ts';
import { urgencyOf } from '../urgency.ts';
import { waitForBudget, type Write } from '../write-budget.ts';
import type { DueDelivery } from './due-store.ts';

export interface Room {
  readonly limits: EndLimits;
  readonly log: readonly Write[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly most: number;
  /** At most so many of one lane. */
  readonly mostOf: (lane: string | undefined) => number;
}

export interface Choice {
  readonly ids: readonly string[];
  /** When one of those that have no room now may have it; absent when all have. */
  readonly nextAt: number | undefined;
}

/** Which of those that are due have room in the budget, as if each of them wrote once. Pure. */
export function chooseDue(due: readonly DueDelivery[], { limits, log, now, most, mostOf }: Room): Choice {
  const ids: string[] = [];
  const chosen = new Map<string | undefined, number>();
  let taken = log;
  let nextAt: number | undefined;
  for (const { id, urgency, lane } of due) {
    if (ids.length >= most) break;
    const wish = { lane: lane ?? undefined, writes: 1, urgency: urgencyOf(urgency) };
    const ofLane = chosen.get(wish.lane) ?? 0;
    if (ofLane >= mostOf(wish.lane)) continue;
    const wait = waitForBudget(limits, taken, wish, now);
    if (wait === 0) {
      ids.push(id);
      chosen.set(wish.lane, ofLane + 1);
      taken = [...taken, { at: now, lane: wish.lane, writes: 1 }];
    } else {
      nextAt = Math.min(nextAt ?? Infinity, now + wait);
    }
  }
  return { ids, nextAt };
}
