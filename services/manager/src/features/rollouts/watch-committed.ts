import type { Db } from '@release-manager/postgres';

import { ReleaseStore, type RolloutWatch } from '../releases/index.ts';
import { CommandStore } from './commands/command-store.ts';
import { LookStore } from './looks/look-store.ts';

/** A service in an environment, and the cluster that reports from it. */
interface ReportingCluster {
  readonly environment: string;
  readonly cluster: string;
  /** Its daemon knows a Receiver of Flux. */
  readonly canPoke: boolean;
}

/**
 * What was just committed is watched from now on, wherever a daemon reports, and Flux is asked to look at once: by one poke per
 * cluster, however many releases the push carried. All in the transaction that records the push.
 */
export function createRolloutWatch(): RolloutWatch {
  return {
    async committed(tx, releases, at) {
      if (releases.length === 0) return;
      const clusters = await reporting(tx, [...new Set(releases.map(({ environment }) => environment))]);
      const environments = new Set(clusters.map(({ environment }) => environment));
      const concerned = releases.filter(({ environment }) => environments.has(environment));
      const own = concerned.filter(({ leavesNamespace }) => leavesNamespace === undefined);
      await new ReleaseStore(tx).markWatched(own.map(({ id }) => id));
      await new LookStore(tx).mark(own, at);
      const tip = concerned.at(-1)?.commitSha;
      const able = clusters.filter(({ canPoke }) => canPoke);
      if (tip !== undefined) await new CommandStore(tx).poke(able, tip, at);
    },
  };
}

async function reporting(tx: Db, environments: readonly string[]): Promise<readonly ReportingCluster[]> {
  const { rows } = await tx.raw<{ rows: ReportingCluster[] }>(
    `select environment, cluster, facts->'canPoke' = 'true'::jsonb as "canPoke" from daemons
     where environment = any(?::text[]) order by environment, cluster`,
    [[...environments]],
  );
  return rows;
}
