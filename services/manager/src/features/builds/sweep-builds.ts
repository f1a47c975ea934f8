import type { Database } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

import { appendLedger } from '../ledger/index.ts';
import { BuildStore } from './build-store.ts';

export interface SweepBuildsDeps {
  readonly database: Database;
  readonly logger: Logger;
  readonly now: () => Date;
}

const abandonedAfterMs = 24 * 60 * 60 * 1000;
const batch = 500;

/**
 * Gives up builds of which nothing was heard for a day. Safe at any time, also by several processes at once.
 * @returns how many
 */
export async function sweepBuilds({ database, logger, now }: SweepBuildsDeps): Promise<number> {
  const at = now();
  const abandoned = await database.transaction(async (tx) => {
    const builds = await new BuildStore(tx).abandon(new Date(at.getTime() - abandonedAfterMs), at, batch);
    for (const { service, id, source } of builds) {
      await appendLedger(tx, {
        kind: 'build.abandoned',
        actor: { kind: 'manager' },
        service,
        from: 'running',
        to: 'abandoned',
        cause: `nothing was heard for a day of the build of ${source.branch} at ${source.sha.slice(0, 10)}`,
        details: { build: id },
        at,
      });
    }
    return builds.length;
  });
  if (abandoned > 0) logger.info('gave up builds', { abandoned });
  return abandoned;
}
