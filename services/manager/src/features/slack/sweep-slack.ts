import type { Database } from '@release-manager/postgres';

import { MessageStore } from './message-store.ts';

/** After this nothing edits a message any more; Slack itself forgets on many plans by then. */
const keptMs = 90 * 24 * 3_600_000;

/** Forgets where old messages are. */
export async function sweepSlack({
  database,
  now,
}: {
  readonly database: Database;
  readonly now: () => Date;
}): Promise<void> {
  await new MessageStore(database.db).sweep(new Date(now().getTime() - keptMs));
}
