import { AppError } from '@release-manager/domain';
import { withTimeout } from '@release-manager/runtime';

import { toDelivery } from '../delivery-row.ts';
import type { Delivered, DeliveryContext, DeliveryKind } from '../delivery.ts';
import { urgencyOf } from '../urgency.ts';
import type { Claimed } from './due-store.ts';
import type { EndBudget } from './end-budget.ts';

/** Longer than any client of ours waits for one answer. */
const longestTryMs = 45_000;

/** How one try went, before anything is made of it. */
export interface Try {
  readonly result: { readonly delivered: Delivered } | { readonly error: unknown };
  /** Writes that had room. */
  readonly spent: number;
  /** The lane of the last wish, whether it had room or not; without one, the lane that was known before. */
  readonly lane: string | undefined;
}

export interface TryAround {
  readonly kind: DeliveryKind | undefined;
  readonly budget: EndBudget;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Lets the kind deliver; whatever it throws is a result. */
export async function tryDelivery({ row }: Claimed, { kind, budget, now, signal }: TryAround): Promise<Try> {
  let spent = 0;
  let lane = row.lane ?? undefined;
  const contextOf = (own: AbortSignal): DeliveryContext => ({
    now,
    signal: own,
    async spend(wantedLane, writes = 1) {
      // Who goes on after the end of its time must not write what nobody will record.
      own.throwIfAborted();
      lane = wantedLane;
      await budget.spend({ lane: wantedLane, writes, urgency: urgencyOf(row.urgency) });
      spent += writes;
    },
  });
  try {
    if (kind === undefined) throw unknownKind(row.kind);
    const limit = { milliseconds: longestTryMs, what: `the delivery of ${row.kind}`, signal };
    const delivered = await withTimeout(limit, (own) => kind.deliver(toDelivery(row), contextOf(own)));
    return { result: { delivered }, spent, lane };
  } catch (error) {
    return { result: { error }, spent, lane };
  }
}

function unknownKind(kind: string): AppError {
  return new AppError('bug', 'delivery.kind', `Nobody knows how to deliver ${kind}.`);
}
