import type { Urgency } from './delivery.ts';

/** In the order in which they go; a row holds the place in it. */
export const urgencies: readonly Urgency[] = ['final', 'normal', 'intermediate'];

export function rankOf(urgency: Urgency): number {
  return urgencies.indexOf(urgency);
}

export function urgencyOf(rank: number): Urgency {
  return urgencies[rank] ?? 'normal';
}
