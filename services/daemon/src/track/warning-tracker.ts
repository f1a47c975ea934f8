import { textAt, type Fields } from '../objects/index.ts';
import { isNews, subjectOf, warningFacts } from '../observe/index.ts';
import type { KindTracker, Surroundings } from './kind-tracker.ts';

/** Events of others that wait for their object to turn out as ours, and events that were told: no more of each. */
const most = { strangers: 1_000, told: 5_000 } as const;

/**
 * Events about objects that are ours. An event may come before its object, since the two come on different watches, so that
 * those about unknown objects wait for a while, bounded by their number.
 */
export function trackWarnings({ reporter, owned }: Surroundings): KindTracker {
  const strangers = new Map<string, Fields>();
  const told = new Map<string, { readonly count: number; readonly message: string }>();

  function tell(event: Fields, service: string): void {
    const facts = warningFacts(event, service);
    const { uid } = facts.object;
    if (!isNews(told.get(uid), facts) || !reporter.report(facts)) return;
    told.delete(uid);
    told.set(uid, { count: facts.count, message: facts.message });
    dropOldest(told, most.told);
  }

  owned.onAdded = (uid, service) => {
    if (strangers.size === 0) return;
    for (const [event, object] of strangers) {
      if (subjectOf(object) !== uid) continue;
      strangers.delete(event);
      tell(object, service);
    }
  };

  return {
    of: undefined,
    seen(event) {
      const subject = subjectOf(event);
      if (subject === undefined) return;
      const service = owned.serviceOf(subject);
      if (service !== undefined) {
        tell(event, service);
        return;
      }
      strangers.set(textAt(event, 'metadata', 'uid') ?? '', event);
      dropOldest(strangers, most.strangers);
    },
    // That an event was forgotten after an hour says nothing.
    deleted: () => undefined,
    missing: () => undefined,
  };
}

function dropOldest(map: Map<string, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}
