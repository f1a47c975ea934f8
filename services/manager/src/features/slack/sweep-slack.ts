import type { Database } from '@release-manager/postgres';

import { MessageStore } from './message-store.ts';

/** After this nothing edits a message any more; Slack itself forgets on many plans by then. */
const keptMs = 90 * 24 * 3_600_000;

/** Forgets where old messages are, and whom nobody had to be told of for as long. */
export async function sweepSlack({
  database,
  now,
}: {
  readonly database: Database;
  readonly now: () => Date;
}): Promise<void> {
  const before = new Date(now().getTime() - keptMs);
  await new MessageStore(database.db).sweep(before);
  // Who is still there is asked anew long before.
  await database.db('slack_people').where('checked_at', '<', before).delete();
}
