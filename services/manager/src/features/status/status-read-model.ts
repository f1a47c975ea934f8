import type { EnvironmentStatus, RolloutView, ServiceStatus } from '@release-manager/contract';
import { compact } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { ArtifactRecords, type ArtifactHeadline } from '../artifacts/index.ts';
import { FolderStore, type OwnedFolder } from '../config-repo/index.ts';
import { readStopViews } from '../holds/index.ts';
import { ReleaseStore, toReleaseView, type Release } from '../releases/index.ts';
import { DriftStore, readRollouts } from '../rollouts/index.ts';
import type { Service } from '../services/index.ts';

/** What is where: a fixed number of queries for a page of services, however many environments there are. */
export async function readStatus(
  db: Db,
  services: readonly Service[],
  environments: readonly string[],
  now: Date,
): Promise<ServiceStatus[]> {
  const names = services.map(({ name }) => name);
  const store = new ReleaseStore(db);
  const [folders, pending, stopsOf, driftOf] = await Promise.all([
    new FolderStore(db).ofServices(names),
    store.pendingOf(names),
    readStopViews(db, names, now),
    new DriftStore(db).reported(names),
  ]);
  const current = folders.flatMap(({ releaseId }) => releaseId ?? []);
  const [releases, rollouts, artifacts] = await Promise.all([
    store.findMany(current),
    readRollouts(db, current),
    new ArtifactRecords(db).headlines(folders.flatMap(({ artifactId }) => artifactId ?? [])),
  ]);
  return services.map(({ name, owner }) => {
    const own = folders.filter(({ service }) => service === name);
    const waiting = pending.filter(({ service }) => service === name);
    return compact({
      service: name,
      owner,
      environments: namesOf(environments, own, waiting).map((environment): EnvironmentStatus =>
        compact({
          environment,
          current: currentOf(
            own.find((folder) => folder.environment === environment),
            { releases, rollouts, artifacts },
          ),
          pending: waiting.filter((release) => release.environment === environment).map(toReleaseView),
          ...stopsOf({ service: name, environment }),
          drift: someOf(driftOf({ service: name, environment })),
        }),
      ),
    });
  });
}

function someOf<T>(items: readonly T[]): T[] | undefined {
  return items.length === 0 ? undefined : [...items];
}

/** The declared ones in the order of promotion, then what is left of ones that were declared once. */
function namesOf(declared: readonly string[], folders: readonly OwnedFolder[], pending: readonly Release[]): string[] {
  return [...new Set([...declared, ...folders.map((f) => f.environment), ...pending.map((r) => r.environment)])];
}

interface Known {
  readonly releases: ReadonlyMap<string, Release>;
  readonly rollouts: ReadonlyMap<string, RolloutView>;
  readonly artifacts: ReadonlyMap<string, ArtifactHeadline>;
}

function currentOf(
  folder: OwnedFolder | undefined,
  { releases, rollouts, artifacts }: Known,
): EnvironmentStatus['current'] {
  if (folder === undefined) return undefined;
  const release = releases.get(folder.releaseId ?? '');
  const artifact = artifacts.get(folder.artifactId ?? '');
  return compact({
    artifact: folder.artifactId ?? 'not by a release',
    release:
      release === undefined ? undefined : compact({ ...toReleaseView(release), rollout: rollouts.get(release.id) }),
    branch: artifact?.branch ?? release?.branch,
    message: artifact?.subject,
  });
}
