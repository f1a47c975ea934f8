import { layout } from '@release-manager/config-repo';
import type { DoctorCheck } from '@release-manager/contract';
import type { Database } from '@release-manager/postgres';

import { HoldStore } from './hold-store.ts';
import { StateFileStore } from './state-file-store.ts';
import { holdWords } from './stop-words.ts';

const staleAfterMs = 7 * 24 * 3600 * 1000;
/** A push takes seconds, and a config repo that is away is said elsewhere. */
const fileBehindMs = 10 * 60 * 1000;
const mostNamed = 3;
const mostCounted = 1_000;

/** A hold without an end that was set before this is one that somebody forgot, until they say otherwise. */
export function staleSince(now: Date): Date {
  return new Date(now.getTime() - staleAfterMs);
}

interface CheckDeps {
  readonly database: Database;
  readonly now: () => Date;
}

/** For doctor: holds that nobody ended, and files that nobody could write. */
export async function checkHolds(deps: CheckDeps): Promise<DoctorCheck[]> {
  return [...(await checkStale(deps)), ...(await checkFiles(deps))];
}

async function checkFiles({ database, now }: CheckDeps): Promise<DoctorCheck[]> {
  const name = 'files of holds';
  const since = new Date(now().getTime() - fileBehindMs);
  const behind = await new StateFileStore(database.db).behindSince(since, mostNamed);
  if (behind.length === 0)
    return [{ name, status: 'ok', message: 'the config repo says what is held and quarantined' }];
  const files = behind.map(({ environment, service }) => layout.state(environment, service));
  return [
    {
      name,
      status: 'warning',
      message: `the config repo does not say yet what is held or quarantined: ${files.join(', ')}`,
      next: 'look whether releases are pushed at all, and whether a file lies where `state` or a folder in it belongs',
    },
  ];
}

async function checkStale({ database, now }: CheckDeps): Promise<DoctorCheck[]> {
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
