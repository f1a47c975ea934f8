import type { DoctorCheck } from '@release-manager/contract';
import type { Database } from '@release-manager/postgres';

import { HoldStore } from './hold-store.ts';
import { holdWords } from './stop-words.ts';

const staleAfterMs = 7 * 24 * 3600 * 1000;
const mostNamed = 3;
const mostCounted = 1_000;

/** A hold without an end that was set before this is one that somebody forgot, until they say otherwise. */
export function staleSince(now: Date): Date {
  return new Date(now.getTime() - staleAfterMs);
}

/** For doctor: holds that nobody ended. */
export async function checkHolds({
  database,
  now,
}: {
  readonly database: Database;
  readonly now: () => Date;
}): Promise<DoctorCheck[]> {
  const name = 'holds';
  const at = now();
  const stale = await new HoldStore(database.db).list({ endlessSince: staleSince(at) }, at, mostCounted);
  if (stale.length === 0) return [{ name, status: 'ok', message: 'none is older than seven days' }];
  const named = stale.slice(0, mostNamed).map((hold) => `${hold.service}: ${holdWords(hold)}`);
  const more = stale.length > mostNamed ? [`and ${stale.length - mostNamed} more`] : [];
  return [
    {
      name,
      status: 'warning',
      message: `holds older than seven days keep automation back: ${[...named, ...more].join('; ')}`,
      next: 'see them with `release-cli hold list --stale`; `release-cli resume <environment> --service <service>` ends one',
    },
  ];
}
