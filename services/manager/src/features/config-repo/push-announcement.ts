import type { Database, Db } from '@release-manager/postgres';

import type { ConfigRepoPoll } from './config-repo-poll.ts';

const channel = 'config-repo-pushed';

/** Tells every process of this installation that somebody pushed to the config repo: the one that heard of it may not write. */
export async function announcePush(db: Db): Promise<void> {
  await db.raw('select pg_notify(?, ?)', [channel, '']);
}

/** Looks at once when a push is announced; a lost announcement costs no more than the wait for the next poll. */
export function listenForPushes(database: Database, poll: ConfigRepoPoll): Promise<{ close(): Promise<void> }> {
  return database.listen(channel, () => void poll.now());
}
