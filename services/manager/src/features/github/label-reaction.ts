import { findEnvironment, type ConfigSnapshot } from '@release-manager/config-repo';
import type { Db } from '@release-manager/postgres';

import { wantDelivery, type LedgerReaction } from '../deliveries/index.ts';
import { ReleaseStore } from '../releases/index.ts';
import { labelKeyOf, labelKind } from './label-delivery.ts';
import { pullsBringing, type PullInEnvironment } from './live-pulls.ts';
import { livesThere } from './read-deployment.ts';

export interface LabelReactionDeps {
  readonly repo: { snapshot(): ConfigSnapshot };
  readonly now: () => Date;
}

/** Hears when something else lives in a protected environment, and has the labels looked at of pull requests that go there. */
export function createLabelReaction({ repo, now }: LabelReactionDeps): LedgerReaction {
  return {
    name: 'github.label',
    async react(tx, entries) {
      const arrived = entries.filter(
        ({ kind, to_state: to }) => kind !== 'release.rebuilt' && (to === 'healthy' || to === 'committed'),
      );
      const releases = await new ReleaseStore(tx).findMany(arrived.flatMap(({ release_id: id }) => id ?? []));
      const snapshot = repo.snapshot();
      const targets = new Map(
        [...releases.values()]
          .filter((release) => livesThere(release) && hasLabel(snapshot, release.environment))
          .map((release) => [`${release.service} ${release.environment}`, release]),
      );
      const at = now();
      for (const { service, environment } of targets.values())
        for (const pull of await pullsBringing(tx, { service, environment })) await want(tx, pull, at);
    },
  };
}

/** What people ask of a merge is whether customers have it. */
function hasLabel(snapshot: ConfigSnapshot, environment: string): boolean {
  return environment === 'prod' || findEnvironment(snapshot, environment)?.protected === true;
}

async function want(tx: Db, pull: PullInEnvironment, at: Date): Promise<void> {
  const { repository, number, environment } = pull;
  const subject = { repository, number: String(number), environment };
  await wantDelivery(tx, { kind: labelKind, key: labelKeyOf(pull), subject, urgency: 'normal', environment }, at);
}
