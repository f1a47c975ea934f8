import type { Db } from '@release-manager/postgres';

import { ArtifactRecords, buildOrder, type Artifact } from '../artifacts/index.ts';
import { QuarantineStore } from '../holds/index.ts';
import { committedReleases, type Release } from '../releases/index.ts';
import type { Build, PastRelease, Situation } from './past-release.ts';

/** So far back a target is looked for when nobody names one. */
const mostReleases = 1000;
/** Of so many artifacts it is looked up which is the newer build; what came there before them is older by its place. */
const mostBuilds = 100;

export interface History {
  readonly past: readonly PastRelease[];
  readonly releases: ReadonlyMap<string, Release>;
}

/** What was committed there, and to be sure what was committed of the artifact that somebody named, however long ago. */
export async function readHistory(
  tx: Db,
  target: { readonly service: string; readonly environment: string },
  to: string | undefined,
): Promise<History> {
  const { service, environment } = target;
  const recent = await committedReleases(tx, { service, environment }, mostReleases);
  const named =
    to === undefined || recent.some(({ artifactId }) => artifactId === to)
      ? []
      : await committedReleases(tx, { service, environment, artifactId: to }, 1);
  const all = [...recent, ...named];
  return { past: all.map(toPast), releases: new Map(all.map((release) => [release.id, release])) };
}

function toPast({ id, artifactId, state, watched, committedAt, updatedAt }: Release): PastRelease {
  return { id, artifactId, state, watched, committedAt: committedAt ?? updatedAt };
}

/** Everything that the choice rests on. The caller holds the lock of the target. */
export async function readSituation(
  tx: Db,
  { service, environment }: { readonly service: string; readonly environment: string },
  { past, current, to }: { past: readonly PastRelease[]; current: string | undefined; to: string | undefined },
): Promise<Situation> {
  const ids = [...new Set([current, to, ...past.map(({ artifactId }) => artifactId)])].filter((id) => id !== undefined);
  const [quarantined, artifacts] = await Promise.all([
    new QuarantineStore(tx).artifactsOf({ service, environment }),
    new ArtifactRecords(tx).findMany(ids.slice(0, mostBuilds)),
  ]);
  const builds = new Map([...artifacts].map(([id, artifact]) => [id, toBuild(artifact)]));
  return { service, environment, past, current, quarantined, builds };
}

function toBuild(artifact: Artifact): Build {
  return { branch: artifact.branch, order: buildOrder(artifact) };
}
