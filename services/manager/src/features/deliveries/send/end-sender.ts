import { randomUUID } from 'node:crypto';

import type { DeliveryEnd, DeliveryKind } from '../delivery.ts';
import { endLimits } from '../end-limits.ts';
import { urgencies } from '../urgency.ts';
import { chooseDue, type Choice } from './choose-due.ts';
import { DueStore, type Claimed } from './due-store.ts';
import { EndBudget } from './end-budget.ts';
import { judgeFailure, type FailureVerdict } from './judge-failure.ts';
import { Patience } from './patience.ts';
import { PauseStore } from './pause-store.ts';
import type { SenderDeps } from './sender-deps.ts';
import { tryDelivery } from './try-delivery.ts';

/** Tried at the same time. */
const atOnce = 8;
/** Of one receiver, where each lane is one: a slow one leaves room for the others. */
const atOnceApart = 3;
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
  const patience = new Patience(deps.random, endLimits[end].apart === true);
  const pause = await new PauseStore(db).find(end);
  if (pause !== undefined) patience.pause(undefined, pause.until);
  return new Sender(end, deps, { budget, patience });
}

class Sender implements EndSender {
  readonly end: DeliveryEnd;
  readonly #deps: SenderDeps;
  readonly #kinds: ReadonlyMap<string, DeliveryKind>;
  readonly #store: DueStore;
  readonly #budget: EndBudget;
  readonly #patience: Patience;
  readonly #apart: boolean;
  /** Had no room although it seemed so, such as what takes two writes: with its rank, since what became urgent may have it. */
  #putOff = new Map<string, { readonly until: number; readonly rank: number }>();

  constructor(end: DeliveryEnd, deps: SenderDeps, { budget, patience }: { budget: EndBudget; patience: Patience }) {
    this.end = end;
    this.#deps = deps;
    this.#kinds = new Map(deps.kinds.filter((kind) => kind.end === end).map((kind) => [kind.kind, kind]));
    this.#store = new DueStore(deps.database.db, end);
    this.#budget = budget;
    this.#patience = patience;
    this.#apart = endLimits[end].apart === true;
  }

  async sendDue(signal: AbortSignal): Promise<number> {
    if (this.#patience.pausedUntil(this.#deps.now()) !== undefined) return 0;
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
      ...this.#busyLanes(now).map(({ freeAt }) => freeAt),
    ].flatMap((time) => time ?? []);
    if (times.length === 0) return undefined;
    return new Date(Math.max(Math.min(...times), this.#patience.pausedUntil(now)?.getTime() ?? 0));
  }

  left(): number {
    return this.#budget.left('final');
  }

  #busyLanes(now: Date): readonly { readonly lane: string; readonly freeAt: number }[] {
    return [...this.#budget.busyLanes(), ...this.#patience.pausedLanes(now)];
  }

  async #choose(): Promise<Choice> {
    const now = this.#deps.now();
    this.#putOff = new Map([...this.#putOff].filter(([, { until }]) => until > now.getTime()));
    const due = await this.#store.due(
      {
        kinds: [...this.#kinds.keys()],
        mostRank: urgencies.length - 1,
        busyLanes: this.#busyLanes(now).map(({ lane }) => lane),
        limit: looked,
      },
      now,
    );
    const open = due.filter(({ id, urgency }) => (this.#putOff.get(id)?.rank ?? Infinity) > urgency);
    return chooseDue(open, {
      limits: endLimits[this.end],
      log: this.#budget.log,
      now: now.getTime(),
      most: !this.#apart && this.#patience.away(undefined) ? 1 : atOnce,
      mostOf: (lane) => this.#mostOf(lane),
    });
  }

  #mostOf(lane: string | undefined): number {
    if (this.#patience.away(lane)) return 1;
    return this.#apart ? atOnceApart : atOnce;
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
      if (spent > 0) await this.#answered(lane);
      return;
    }
    const { attempts, in_doubt: inDoubt } = row;
    const failure = { error: result.error, attempts, spent, inDoubt, interrupted: signal.aborted };
    const verdict = judgeFailure(failure, this.#deps.random);
    const fault = { ...verdict.fault, message: this.#deps.redact(verdict.fault.message) };
    await this.#settle(claimed, { ...verdict, fault }, lane);
    this.#deps.onTry(this.end, verdict.what);
    if (verdict.what === 'failed' && spent > 0) await this.#answered(lane);
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
        return this.#pause(lane, verdict.waitMs, verdict.fault.message);
      case 'silent':
        await later(new Date(now.getTime() + verdict.waitMs), true);
        if (this.#patience.silent(lane, row.id, now))
          this.#deps.logger.warn('deliveries wait: nobody answers', { end: this.end, reason: verdict.fault.message });
        return;
      case 'failed': {
        const { id, kind, service, environment } = row;
        this.#deps.logger.warn('a delivery failed', { id, kind, service, environment, ...verdict.fault });
        return this.#store.recordFailed(claimed, trace, now);
      }
    }
  }

  async #answered(lane: string | undefined): Promise<void> {
    if (!this.#patience.answered(lane)) return;
    this.#deps.logger.info('deliveries go on', { end: this.end });
    await this.#store.retryNow(this.#apart ? lane : undefined);
  }

  /** Memory first: those that are under way at the same time see it even if the database does not take it. */
  async #pause(lane: string | undefined, waitMs: number, reason: string): Promise<void> {
    const until = new Date(this.#deps.now().getTime() + waitMs);
    if (!this.#patience.pause(lane, until)) return;
    this.#deps.logger.warn('deliveries pause', { end: this.end, until: until.toISOString(), reason });
    if (!this.#apart) await new PauseStore(this.#deps.database.db).set(this.end, { until, reason });
  }
}
