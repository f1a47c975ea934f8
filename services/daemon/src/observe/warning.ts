import type { WarningFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { countAt, cut, textAt, timeAt, type Fields } from '../objects/index.ts';
import { longAgo, nameOf, objectRef, reasonOf, words } from './common.ts';

/** The uid of the object that an event is about. */
export function subjectOf(event: Fields): string | undefined {
  return textAt(event, 'involvedObject', 'uid');
}

/**
 * An event about an object of ours. Events come in two forms: with `count` and `lastTimestamp`, or, from those who write
 * `events.k8s.io`, with `eventTime` and, when it happened again, `series`.
 */
export function warningFacts(event: Fields, service: string | undefined): WarningFacts {
  const uid = subjectOf(event);
  return compact({
    type: 'warning' as const,
    object: objectRef(event),
    about: compact({
      kind: cut(textAt(event, 'involvedObject', 'kind') ?? '', 63),
      namespace: cut(textAt(event, 'involvedObject', 'namespace') ?? '', 63),
      name: nameOf(textAt(event, 'involvedObject', 'name')),
      uid: uid === undefined ? undefined : cut(uid, 64),
    }),
    service: service === '' ? undefined : service,
    reason: reasonOf(textAt(event, 'reason')) ?? 'Unknown',
    message: words(textAt(event, 'message')) ?? '',
    count: Math.max(countAt(event, 'series', 'count') ?? 0, countAt(event, 'count') ?? 0, 1),
    lastAt: lastTime(event),
  });
}

function lastTime(event: Fields): string {
  return (
    timeAt(event, 'series', 'lastObservedTime') ??
    timeAt(event, 'lastTimestamp') ??
    timeAt(event, 'eventTime') ??
    timeAt(event, 'metadata', 'creationTimestamp') ??
    longAgo
  );
}

/** An event that goes on counts up every few seconds. It is worth saying again when it doubled, or says something else. */
export function isNews(
  before: { readonly count: number; readonly message: string } | undefined,
  now: WarningFacts,
): boolean {
  return (
    before === undefined || now.message !== before.message || now.count >= 2 * before.count || now.count < before.count
  );
}
