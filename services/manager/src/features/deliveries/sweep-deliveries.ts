import type { Database } from '@release-manager/postgres';

import { longestSpanSeconds } from './end-limits.ts';

/** Whatever nobody wanted or tried for so long; what is outside stays there and is made anew when it is wanted after that. */
const keptDays = 90;
/** Rows that one call removes at most: it runs often, and holds no lock for long. */
const mostRows = 20_000;

/** Forgets deliveries that nobody asks about any more, and writes that no limit counts. */
export async function sweepDeliveries({ database, now }: { database: Database; now: () => Date }): Promise<void> {
  const { db } = database;
  const before = (seconds: number): Date => new Date(now().getTime() - seconds * 1000);
  await db('delivery_writes').where('at', '<', before(longestSpanSeconds)).delete();
  await db.raw('delete from deliveries where id in (select id from deliveries where updated_at < ? limit ?)', [
    before(keptDays * 86_400),
    mostRows,
  ]);
}
