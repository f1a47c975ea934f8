import type { ConfigSnapshot } from '@release-manager/config-repo';
import type { Database } from '@release-manager/postgres';

import { ServiceRecords } from '../services/index.ts';
import { PullRequestStore, type PullRequestPlace } from './pull-request-store.ts';
import { rulesHash } from './rules-hash.ts';
import { wantComment } from './want-comment.ts';

export interface WatchRulesDeps {
  readonly database: Database;
  readonly now: () => Date;
}

/** Open pull requests in one step. */
const atOnce = 200;

/**
 * Has the comments of open pull requests looked at that were planned by other rules than these: somebody changed a policy or an
 * environment. What was planned by which rules is stored, so it does not matter who was not running when it happened.
 * @returns how many
 */
export async function lookAgainByRules({ database, now }: WatchRulesDeps, snapshot: ConfigSnapshot): Promise<number> {
  if (!snapshot.initialised) return 0;
  const hashes = new Map<string, string>();
  let after: PullRequestPlace = { repository: '', number: 0 };
  let changed = 0;
  for (;;) {
    const open = await new PullRequestStore(database.db).openRules(atOnce, after);
    for (const { repository, number, address, rulesHash: planned } of open) {
      const hash = hashes.get(address) ?? (await hashOf(database, snapshot, address));
      hashes.set(address, hash);
      if (hash === planned) continue;
      changed += 1;
      await database.transaction((tx) => wantComment(tx, { repository, number }, 'normal', now()));
    }
    const last = open.at(-1);
    if (last === undefined || open.length < atOnce) return changed;
    after = last;
  }
}

async function hashOf({ db }: Database, snapshot: ConfigSnapshot, address: string): Promise<string> {
  const services = await new ServiceRecords(db).comingFrom(address);
  return rulesHash(
    snapshot,
    services.map(({ name }) => name),
  );
}
