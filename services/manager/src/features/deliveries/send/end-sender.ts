import { randomUUID } from 'node:crypto';

import type { DeliveryEnd, DeliveryKind } from '../delivery.ts';
import { endLimits } from '../end-limits.ts';
import { urgencies } from '../urgency.ts';
import { chooseDue, type Choice } from './choose-due.ts';
import { DueStore, type Claimed } from './due-store.ts';
import { EndBudget } from './end-budget.ts';
import { EndPulse } from './end-pulse.ts';
import { judgeFailure, type FailureVerdict } from './judge-failure.ts';
import { PauseStore } from './pause-store.ts';
import type { SenderDeps } from './sender-deps.ts';
import { tryDelivery } from './try-delivery.ts';

/** Tried at the same time. */
const atOnce = 8;
/** Looked through for those whose turn it is. */
const looked = 200;

export interface EndSender {
  readonly end: DeliveryEnd;
  /** Tries what is due and has room. @returns how many were tried */
  sendDue(signal: AbortSignal): Promise<number>;
  /** When something may be due again; absent while nothing waits. */
  nextAt(): Promise<Date | undefined>;
  /** Writes that are left in this minute and hour. */
  left(): number;
}

/** Sends to one end. There is one for each end in the whole installation: budget and pulse are in its memory. */
export async function openEndSender(end: DeliveryEnd, deps: SenderDeps): Promise<EndSender> {
  const { db } = deps.database;
  const budget = await EndBudget.open(end, db, deps.now);
  const pause = await new PauseStore(db).find(end);
  return new Sender(end, deps, { budget, pausedUntil: pause?.until });
}

class Sender implements EndSender {
  readonly end: DeliveryEnd;
  readonly #deps: SenderDeps;
  readonly #kinds: ReadonlyMap<string, DeliveryKind>;
  readonly #store: DueStore;
  readonly #budget: EndBudget;
  readonly #pulse: EndPulse;
  /** Had no room although it seemed so, such as what takes two writes: with its rank, since what became urgent may have it. */
  #putOff = new Map<string, { readonly until: number; readonly rank: number }>();
  #pausedUntil: Date | undefined;

  constructor(
    end: DeliveryEnd,
    deps: SenderDeps,
    { budget, pausedUntil }: { budget: EndBudget; pausedUntil: Date | undefined },
  ) {
    this.end = end;
    this.#deps = deps;
    this.#kinds = new Map(deps.kinds.filter((kind) => kind.end === end).map((kind) => [kind.kind, kind]));
    this.#store = new DueStore(deps.database.db, end);
    this.#budget = budget;
    this.#pulse = new EndPulse(deps.random);
    this.#pausedUntil = pausedUntil;
  }

  async sendDue(signal: AbortSignal): Promise<number> {
    if (this.#paused() !== undefined) return 0;
    const { ids } = await this.#choose();
    if (ids.length === 0) return 0;
    const claimed = await this.#store.claim(ids, randomUUID(), this.#deps.now());
    // All of them come to their end before the next are chosen, also beside one that could not be recorded.
    const ended = await Promise.allSettled(claimed.map((one) => this.#send(one, signal)));
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
    return claimed.length;
  }

  async nextAt(): Promise<Date | undefined> {
    const { ids, nextAt } = await this.#choose();
    const now = this.#deps.now();
    const waiting = await this.#store.nextDue([...this.#kinds.keys()], now);
    const times = [
      ids.length > 0 ? now.getTime() : undefined,
      nextAt,
      waiting?.getTime(),
      ...[...this.#putOff.values()].map(({ until }) => until),
      ...this.#budget.busyLanes().map(({ freeAt }) => freeAt),
    ].flatMap((time) => time ?? []);
    if (times.length === 0) return undefined;
    return new Date(Math.max(Math.min(...times), this.#paused()?.getTime() ?? 0));
  }

  left(): number {
    return this.#budget.left('final');
  }

  #paused(): Date | undefined {
    return this.#pausedUntil !== undefined && this.#pausedUntil > this.#deps.now() ? this.#pausedUntil : undefined;
  }

  async #choose(): Promise<Choice> {
    const now = this.#deps.now();
    this.#putOff = new Map([...this.#putOff].filter(([, { until }]) => until > now.getTime()));
    const due = await this.#store.due(
      {
        kinds: [...this.#kinds.keys()],
        mostRank: urgencies.length - 1,
        busyLanes: this.#budget.busyLanes().map(({ lane }) => lane),
        limit: looked,
      },
      now,
    );
    const open = due.filter(({ id, urgency }) => (this.#putOff.get(id)?.rank ?? Infinity) > urgency);
    return chooseDue(open, {
      limits: endLimits[this.end],
      log: this.#budget.log,
      now: now.getTime(),
      most: this.#pulse.away ? 1 : atOnce,
    });
  }

  async #send(claimed: Claimed, signal: AbortSignal): Promise<void> {
    const { row } = claimed;
    const now = this.#deps.now();
    const kind = this.#kinds.get(row.kind);
    const { result, spent, lane } = await tryDelivery(claimed, { kind, budget: this.#budget, now, signal });
    this.#putOff.delete(row.id);
    if ('delivered' in result) {
      await this.#store.recordDelivered(claimed, result.delivered, lane, this.#deps.now());
      this.#deps.onTry(this.end, result.delivered.outcome);
      // What needed no write may not have spoken with the end at all.
      if (spent > 0) await this.#answered();
      return;
    }
    const { attempts, in_doubt: inDoubt } = row;
    const failure = { error: result.error, attempts, spent, inDoubt, interrupted: signal.aborted };
    const verdict = judgeFailure(failure, this.#deps.random);
    const fault = { ...verdict.fault, message: this.#deps.redact(verdict.fault.message) };
    await this.#settle(claimed, { ...verdict, fault }, lane);
    this.#deps.onTry(this.end, verdict.what);
    if (verdict.what === 'failed' && spent > 0) await this.#answered();
  }

  async #settle(claimed: Claimed, verdict: FailureVerdict, lane: string | undefined): Promise<void> {
    const { row } = claimed;
    const now = this.#deps.now();
    const trace = { fault: verdict.fault, lane, inDoubt: verdict.inDoubt };
    const later = (retryAt: Date | undefined, counted: boolean): Promise<void> =>
      this.#store.recordLater(claimed, { ...trace, retryAt, counted }, now);
    switch (verdict.what) {
      case 'no-room':
        this.#putOff.set(row.id, { until: now.getTime() + verdict.waitMs, rank: row.urgency });
        return later(undefined, false);
      case 'interrupted':
        return later(undefined, false);
      case 'told-to-wait':
        await later(undefined, true);
        return this.#pause(verdict.waitMs, verdict.fault.message);
      case 'silent':
        await later(new Date(now.getTime() + verdict.waitMs), true);
        return this.#silent(row.id, verdict.fault.message);
      case 'failed': {
        const { id, kind, service, environment } = row;
        this.#deps.logger.warn('a delivery failed', { id, kind, service, environment, ...verdict.fault });
        return this.#store.recordFailed(claimed, trace, now);
      }
    }
  }

  async #answered(): Promise<void> {
    if (!this.#pulse.answered()) return;
    this.#deps.logger.info('deliveries go on', { end: this.end });
    await this.#store.retryNow();
  }

  /** Memory first: those that are under way at the same time see it even if the database does not take it. */
  async #pause(waitMs: number, reason: string): Promise<void> {
    const until = new Date(this.#deps.now().getTime() + waitMs);
    if (this.#pausedUntil !== undefined && this.#pausedUntil >= until) return;
    this.#pausedUntil = until;
    this.#deps.logger.warn('deliveries pause', { end: this.end, until: until.toISOString(), reason });
    await new PauseStore(this.#deps.database.db).set(this.end, { until, reason });
  }

  #silent(id: string, reason: string): void {
    const wasAway = this.#pulse.away;
    const waitMs = this.#pulse.silent(id);
    if (waitMs === undefined) return;
    const until = new Date(this.#deps.now().getTime() + waitMs);
    if (this.#pausedUntil === undefined || this.#pausedUntil < until) this.#pausedUntil = until;
    if (!wasAway) this.#deps.logger.warn('deliveries wait: the end does not answer', { end: this.end, reason });
  }
}
