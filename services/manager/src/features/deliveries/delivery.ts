import type { Db } from '@release-manager/postgres';

import type { LedgerRow } from '../ledger/index.ts';

/** Where a delivery goes: each end has a budget of its own. */
export type DeliveryEnd = 'slack' | 'github' | 'webhook' | 'grafana' | 'pagerduty';

/**
 * How much it hurts to be late. `final` is never shed; `intermediate` may be skipped altogether while a budget is short, since a
 * later state of the same thing says more.
 */
export type Urgency = 'final' | 'normal' | 'intermediate';

/** What one delivery speaks of; enough to render it from what is known at the moment of sending. */
export type DeliverySubject = Readonly<Record<string, string>>;

/** Something outside is to be brought up to date. */
export interface WantedDelivery {
  /** The name of a `DeliveryKind`, such as `slack.release`: the end, a dot, and what it is there. */
  readonly kind: string;
  /**
   * Which thing outside, unique within the kind: one parent message, one comment, one deployment. Wanted again before it was sent,
   * it is sent once, as it is then.
   */
  readonly key: string;
  readonly subject: DeliverySubject;
  readonly urgency: Urgency;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly releaseId?: string | undefined;
  /** Not before this; at once when absent. */
  readonly notBefore?: Date | undefined;
  /** The lane that it will spend in, where that is known beforehand: it is then not tried before the lane has room. */
  readonly lane?: string | undefined;
}

/** A delivery as its kind sees it. */
export interface Delivery {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly subject: DeliverySubject;
  /** What `deliver` returned the last time: ids of the thing outside. */
  readonly external: Readonly<Record<string, string>> | undefined;
  /** The hash of what was sent last; absent in doubt, for what is there now may be something else. */
  readonly sentHash: string | undefined;
  /** A try began and its end is not known: the process died, or the answer did not come. Look the thing up before making it again. */
  readonly inDoubt: boolean;
}

/** What became of it. `unchanged`: what is outside says already what it should, and nothing was written. `gone`: nothing has to be there. */
export interface Delivered {
  readonly outcome: 'sent' | 'unchanged' | 'gone';
  readonly external?: Readonly<Record<string, string>> | undefined;
  readonly hash?: string | undefined;
}

/** What a kind may use while it delivers. */
export interface DeliveryContext {
  readonly now: Date;
  readonly signal: AbortSignal;
  /**
   * Takes one write out of the budget of the end; to be awaited before each request that writes. `lane` is what the end limits by
   * itself, see `end-limits.ts`: for Slack the id of the channel that is posted to, or `update` for an edit. What takes several
   * writes asks for all of them at once with `writes`, so that it is not put off half done.
   * @throws AppError limited `delivery.budget` with `retryAfterSeconds`: the delivery is put off and tried again by itself, so
   *   a kind lets it pass
   */
  readonly spend: (lane?: string, writes?: number) => Promise<void>;
}

/**
 * One kind of thing outside. `deliver` renders it from what is known now and makes it so.
 * @throws AppError `limited` and `unavailable` are tried again later, for as long as it takes; anything else ends the delivery as
 *   failed with its message until it is wanted again or somebody retries it. A `limited` pauses the whole end for
 *   `details.retryAfterSeconds`, or a minute
 */
export interface DeliveryKind {
  /** Begins with the end and a dot: `slack.release`. */
  readonly kind: string;
  readonly end: DeliveryEnd;
  deliver(delivery: Delivery, context: DeliveryContext): Promise<Delivered>;
}

/**
 * Reads the record as it grows, every entry once and in order, and says what is wanted in the same transaction that moves its
 * position: a crash neither loses a delivery nor wants it for a second reason.
 */
export interface LedgerReaction {
  /** Names its position in `ledger_positions`; a new one begins at the end of the record. */
  readonly name: string;
  /**
   * In the transaction that moves the position: no network in it. An entry that throws, alone and several times over, is gone
   * past and shown by `doctor`: one that cannot be understood silences nobody else.
   */
  react(tx: Db, entries: readonly LedgerRow[]): Promise<void>;
}
