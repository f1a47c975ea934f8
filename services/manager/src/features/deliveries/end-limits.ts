import type { DeliveryEnd } from './delivery.ts';

/** At most so many writes within any such span of time. */
export interface WriteLimit {
  readonly most: number;
  readonly seconds: number;
}

export interface EndLimits {
  /** All writes to the end together. */
  readonly all: readonly WriteLimit[];
  /** Each lane by itself. */
  readonly lane: readonly WriteLimit[];
  /** Lanes with limits of their own instead. */
  readonly named: Readonly<Record<string, readonly WriteLimit[]>>;
  /** Each lane is a receiver of its own: one that is away or asks us to wait keeps no other back. */
  readonly apart?: boolean;
}

const minute = 60;
const hour = 3_600;

/**
 * What each end is asked for at most, a little below what it allows: our clock is read before a request and theirs after it, so
 * a burst may arrive closer together than it was sent.
 *
 * - GitHub: 80 requests that make content per minute and 500 per hour
 *   (docs.github.com, "Rate limits for the REST API", secondary limits).
 * - Slack: about one message per second and channel, several hundred per minute and workspace; `chat.update` is Tier 3, 50 per
 *   minute (docs.slack.dev, "Rate limits"). The lane of a message is its channel, of an edit `update`.
 * - PagerDuty Events v2: 120 per minute and integration key (developer.pagerduty.com, "Events API limits").
 * - Grafana and the receivers of webhooks publish none. A lane is one receiver, as it is for PagerDuty.
 */
export const endLimits: Readonly<Record<DeliveryEnd, EndLimits>> = {
  github: {
    all: [
      { most: 75, seconds: minute },
      { most: 480, seconds: hour },
    ],
    lane: [],
    named: {},
  },
  slack: {
    all: [{ most: 150, seconds: minute }],
    lane: [{ most: 1, seconds: 1.2 }],
    named: { update: [{ most: 45, seconds: minute }] },
  },
  webhook: { all: [{ most: 600, seconds: minute }], lane: [{ most: 120, seconds: minute }], named: {}, apart: true },
  grafana: { all: [{ most: 300, seconds: minute }], lane: [{ most: 60, seconds: minute }], named: {}, apart: true },
  pagerduty: { all: [{ most: 300, seconds: minute }], lane: [{ most: 100, seconds: minute }], named: {}, apart: true },
};

/** The longest span that any limit speaks of: writes before it count nowhere. */
export const longestSpanSeconds = hour;
