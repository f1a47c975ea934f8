import { messageOf } from '@release-manager/domain';

import { DeliveryStore, startDeliveries, type DeliveryParts } from '../features/deliveries/index.ts';
import type { Foundation } from './foundation.ts';
import { deploymentParts } from './github.ts';
import { outgoingParts } from './outgoing.ts';
import { commentParts } from './pull-requests.ts';
import { slackParts } from './slack.ts';

/**
 * Everything that speaks to the outside by itself, each with what it needs: an end that is not configured adds nothing. A new one
 * is a line here.
 */
async function partsOf(foundation: Foundation): Promise<readonly DeliveryParts[]> {
  const { github } = foundation;
  const ofGithub = github === undefined ? [] : [commentParts(foundation, github), deploymentParts(foundation, github)];
  return [...ofGithub, ...(await slackParts(foundation)), ...outgoingParts(foundation)];
}

const countEveryMs = 15_000;

/** Keeps what people read elsewhere up to date. */
export async function openDeliveries(foundation: Foundation): Promise<void> {
  const { metrics, redactor, lifecycle } = foundation;
  const parts = await partsOf(foundation);
  const tries = metrics.counter({
    name: 'release_manager_delivery_tries_total',
    help: 'Tries to bring something outside up to date, by how they ended',
    labels: ['end', 'outcome'],
  });
  const budget = metrics.gauge({
    name: 'release_manager_delivery_budget_left',
    help: 'Writes that an end would still take now; only where the one sender runs',
    labels: ['end'],
  });
  const deliveries = await startDeliveries({
    ...foundation,
    kinds: parts.flatMap(({ kinds }) => kinds),
    reactions: parts.flatMap(({ reactions }) => reactions),
    random: Math.random,
    redact: (text) => redactor.redact(text),
    onTry: (end, outcome) => tries.increment({ end, outcome }),
    onBudget: (end, left) => budget.set({ end }, left),
  });
  lifecycle.onStop('deliveries', () => deliveries.stop());
  countDeliveries(foundation, new Set(parts.flatMap(({ kinds }) => kinds.map(({ end }) => end))));
}

/** Read from the database, so that every process says the same. */
function countDeliveries({ metrics, database, now, logger, lifecycle }: Foundation, ends: ReadonlySet<string>): void {
  const spec = { labels: ['end'] } as const;
  const pending = metrics.gauge({ ...spec, name: 'release_manager_deliveries_pending', help: 'Deliveries that wait' });
  const failed = metrics.gauge({ ...spec, name: 'release_manager_deliveries_failed', help: 'Deliveries refused' });
  const oldest = metrics.gauge({
    ...spec,
    name: 'release_manager_delivery_oldest_seconds',
    help: 'How long the oldest delivery waits that may go',
  });
  const count = async (): Promise<void> => {
    const at = now();
    const found = new Map((await new DeliveryStore(database.db).counts(at)).map((each) => [each.end as string, each]));
    for (const end of new Set([...ends, ...found.keys()])) {
      const counts = found.get(end);
      pending.set({ end }, counts?.pending ?? 0);
      failed.set({ end }, counts?.failed ?? 0);
      oldest.set({ end }, (at.getTime() - (counts?.oldest ?? at).getTime()) / 1000);
    }
  };
  const timer = setInterval(() => {
    count().catch((error: unknown) => logger.warn('deliveries could not be counted', { error: messageOf(error) }));
  }, countEveryMs);
  lifecycle.onStop('delivery counts', () => clearInterval(timer));
}
