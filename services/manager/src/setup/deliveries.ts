import { startDeliveries, type DeliveryParts } from '../features/deliveries/index.ts';
import type { Foundation } from './foundation.ts';

/**
 * Everything that speaks to the outside by itself, each with what it needs: an end that is not configured adds nothing. A new one
 * is a line here.
 */
function partsOf(_foundation: Foundation): readonly DeliveryParts[] {
  return [];
}

/** Keeps what people read elsewhere up to date. */
export async function openDeliveries(foundation: Foundation): Promise<void> {
  const { metrics, redactor, lifecycle } = foundation;
  const parts = partsOf(foundation);
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
}
