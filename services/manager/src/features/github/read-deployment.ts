import { findEnvironment, type ConfigSnapshot } from '@release-manager/config-repo';
import type { Db } from '@release-manager/postgres';

import { ArtifactRecords } from '../artifacts/index.ts';
import { committedReleases, ReleaseStore, type Release } from '../releases/index.ts';
import { ServiceRecords } from '../services/index.ts';
import { deploymentStatusOf, type WantedStatus } from './deployment-status.ts';

/** What GitHub is to show of a release. */
export interface WantedDeployment {
  /** Address of the source repository. */
  readonly repository: string;
  readonly sha: string;
  readonly environment: string;
  readonly description: string;
  readonly isProduction: boolean;
  readonly status: WantedStatus;
  /** What it said while it was there: GitHub makes that inactive by itself, and need not be told. */
  readonly overtaken: WantedStatus | undefined;
}

/** Later releases that are looked at for one that took the place. */
const mostLater = 20;

/** Undefined for what is no deployment: an undeploy, or one whose source nobody named. */
export async function readDeployment(
  db: Db,
  snapshot: ConfigSnapshot,
  releaseId: string,
): Promise<WantedDeployment | undefined> {
  const release = await new ReleaseStore(db).find(releaseId);
  if (release?.artifactId === undefined) return undefined;
  const artifact = await new ArtifactRecords(db).find(release.artifactId);
  const services = new ServiceRecords(db);
  const repository = (await services.find(release.service))?.repository;
  if (artifact === undefined || repository === undefined) return undefined;
  const { service, environment } = release;
  const isProduction = findEnvironment(snapshot, environment)?.protected === true;
  const isMonorepo = (await services.comingFrom(repository)).length > 1;
  const known = {
    state: release.state,
    isWatched: release.watched === true,
    waitsFor: release.waitsFor,
    failure: release.failure?.message,
    supersededBy: release.supersededBy,
    rolledBackBy: release.rolledBackBy,
  };
  const after = await livingLater(db, release);
  const isSeen = !isProduction && after.every((each) => each.artifactId !== undefined);
  const isReplaced = after.length > 0;
  return {
    repository,
    sha: artifact.sha,
    environment: isMonorepo ? `${environment}/${service}` : environment,
    description: `${service} ${artifact.id} to ${environment}`,
    isProduction,
    status: deploymentStatusOf({ ...known, isReplaced }),
    overtaken: isReplaced && isSeen ? deploymentStatusOf({ ...known, isReplaced: false }) : undefined,
  };
}

/**
 * What lives there now in the place of the release. GitHub makes earlier deployments inactive when it hears of a later one, but
 * neither those to production nor for an undeploy, which is none.
 */
async function livingLater(db: Db, release: Release): Promise<readonly Release[]> {
  if (!livesThere(release)) return [];
  const { service, environment } = release;
  const committed = await committedReleases(db, { service, environment }, mostLater);
  const place = committed.findIndex(({ id }) => id === release.id);
  // Not among the last ones: it was replaced long ago.
  const later = place < 0 ? committed : committed.slice(0, place);
  return later.filter(livesThere);
}

/** It has arrived, as far as anybody can tell. */
export function livesThere({ state, watched }: Pick<Release, 'state' | 'watched'>): boolean {
  return state === 'healthy' || (state === 'committed' && watched !== true);
}
