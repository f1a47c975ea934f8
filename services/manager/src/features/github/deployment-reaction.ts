import type { GithubApi } from '@release-manager/github';
import type { Db } from '@release-manager/postgres';

import { wantDelivery, type LedgerReaction, type Urgency } from '../deliveries/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { committedReleases, ReleaseStore, type Release } from '../releases/index.ts';
import { ServiceRecords } from '../services/index.ts';
import { deploymentKind } from './deployment-delivery.ts';
import { livesThere } from './read-deployment.ts';

/** Ends of releases, which are never left out. */
const ends: ReadonlySet<string> = new Set(['healthy', 'failed', 'denied', 'cancelled', 'superseded']);

/** Hears the record, and has the deployments looked at of releases that changed, and of those whose place they took. */
export function createDeploymentReaction(github: Pick<GithubApi, 'repositoryAt'>, now: () => Date): LedgerReaction {
  return {
    name: 'github.deployment',
    async react(tx, entries) {
      const told = entries.filter(isTold);
      const releases = await new ReleaseStore(tx).findMany(told.flatMap(({ release_id: id }) => id ?? []));
      const services = await new ServiceRecords(tx).findMany([...releases.values()].map(({ service }) => service));
      const at = now();
      const wanted = new Set<string>();
      for (const release of releases.values()) {
        const repository = services.get(release.service)?.repository;
        if (repository === undefined || github.repositoryAt(repository) === undefined) continue;
        for (const each of [release, ...(await placeTakenBy(tx, release))]) {
          if (each.artifactId === undefined || wanted.has(each.id)) continue;
          wanted.add(each.id);
          await want(tx, each, urgencyOf(each), at);
        }
      }
    },
  };
}

/** What was rebuilt from the config repo happened long ago: GitHub heard of it then. */
function isTold({ kind, release_id: id, to_state: to }: LedgerRow): boolean {
  return id !== null && to !== null && kind.startsWith('release.') && kind !== 'release.rebuilt';
}

/** The one before, once this one lives there, or has rolled it back. */
async function placeTakenBy(tx: Db, release: Release): Promise<readonly Release[]> {
  if (!livesThere(release) && !(release.intent === 'rollback' && release.commitSha !== undefined)) return [];
  const { service, environment } = release;
  const committed = await committedReleases(tx, { service, environment }, 10);
  const place = committed.findIndex(({ id }) => id === release.id);
  const before = place < 0 ? [] : committed.slice(place + 1);
  const previous = before.find((each) => livesThere(each) || each.rolledBackBy === release.id);
  return previous === undefined ? [] : [previous];
}

/** By what it is now: what the entry said is overtaken, and only what is true is told. */
function urgencyOf(release: Release): Urgency {
  return ends.has(release.state) || livesThere(release) ? 'final' : 'intermediate';
}

async function want(tx: Db, release: Release, urgency: Urgency, at: Date): Promise<void> {
  const { id, service, environment } = release;
  const subject = { release: id };
  await wantDelivery(tx, { kind: deploymentKind, key: id, subject, urgency, service, environment, releaseId: id }, at);
}
