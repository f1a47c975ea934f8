import type { Db } from '@release-manager/postgres';

import { wantDelivery, type Urgency } from '../deliveries/index.ts';
import { commentKind, subjectOf } from './comment-delivery.ts';
import type { PullRequestPlace } from './pull-request-store.ts';
import { keyOf } from './pull-request.ts';

/** Has the comment of a pull request looked at, in the caller's transaction; it is written to only where it says something else. */
export function wantComment(tx: Db, place: PullRequestPlace, urgency: Urgency, at: Date): Promise<void> {
  return wantDelivery(tx, { kind: commentKind, key: keyOf(place), subject: subjectOf(place), urgency }, at);
}
