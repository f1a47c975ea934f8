import type { Database } from '@release-manager/postgres';

import { LookStore } from './looks/look-store.ts';

/** Long enough for every outbox that may still speak of the object: a deletion has to win over it. */
const goneHours = 6;
/** The API server forgets events after one hour (`--event-ttl`). */
const warningHours = 2;
const logDays = 14;
const commandDays = 1;
/** Somebody looked at what they asked for. */
const logRequestHours = 0.25;
const outboxDays = 30;

/** Rows that one call removes at most: it runs often, and holds no lock for long. */
const mostRows = 20_000;

/**
 * Looks for what was never judged, and forgets what nobody asks about any more, so that the tables grow with what runs and not with what ever
 * ran.
 */
export async function sweepObservations({ database, now }: { database: Database; now: () => Date }): Promise<void> {
  const { db } = database;
  await new LookStore(db).markForgotten(now());
  const before = (hours: number): Date => new Date(now().getTime() - hours * 3_600_000);
  await db.raw(
    `delete from observed_objects where ctid in (
       select ctid from observed_objects
       where (deleted and seen_at < ?) or (type = 'warning' and seen_at < ?) limit ?)`,
    [before(goneHours), before(warningHours), mostRows],
  );
  await db('crash_logs')
    .where('seen_at', '<', before(logDays * 24))
    .delete();
  await db('daemon_commands')
    .where('created_at', '<', before(commandDays * 24))
    .delete();
  await db('log_requests').where('created_at', '<', before(logRequestHours)).delete();
  await db('daemon_outboxes')
    .where('heard_at', '<', before(outboxDays * 24))
    .delete();
}
