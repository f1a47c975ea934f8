import type { Database } from '@release-manager/postgres';

import { TargetStore } from './target-store.ts';
import { wantComment } from './want-comment.ts';

/** Has the comments looked at of what rolls out at this moment, as the last thing that may be left out while there is much to say. */
export async function lookAtRollouts({
  database,
  now,
}: {
  readonly database: Database;
  readonly now: () => Date;
}): Promise<void> {
  for (const place of await new TargetStore(database.db).rollingOut())
    await database.transaction((tx) => wantComment(tx, place, 'intermediate', now()));
}
