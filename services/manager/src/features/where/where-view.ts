import type { RolloutView, WhereEnvironment, WhereView } from '@release-manager/contract';
import { compact } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { FolderStore, type OwnedFolder } from '../config-repo/index.ts';
import { ReleaseStore, toReleaseView, type Release } from '../releases/index.ts';
import { readRollouts } from '../rollouts/index.ts';
import { artifactHops, releaseHops } from './hops.ts';
import { WhereStore, type FoundArtifact, type Step } from './where-store.ts';

interface Known {
  /** Declared in the config repo, in the order of promotion. */
  readonly environments: readonly string[];
  readonly releases: readonly Release[];
  readonly steps: ReadonlyMap<string, readonly Step[]>;
  readonly rollouts: ReadonlyMap<string, RolloutView>;
  readonly folders: readonly OwnedFolder[];
}

/** How far these artifacts came: a fixed number of queries, however many they and their environments are. */
export async function viewWays(
  db: Db,
  artifacts: readonly FoundArtifact[],
  environments: readonly string[],
): Promise<WhereView[]> {
  const store = new WhereStore(db);
  const ids = await store.releaseIds(artifacts.map(({ id }) => id));
  const [releases, steps, rollouts, folders] = await Promise.all([
    new ReleaseStore(db).findMany(ids),
    store.steps(ids),
    readRollouts(db, ids),
    new FolderStore(db).ofServices([...new Set(artifacts.map(({ service }) => service))]),
  ]);
  const known = { environments, releases: [...releases.values()], steps, rollouts, folders };
  return artifacts.map((artifact) => viewWay(artifact, known));
}

function viewWay(artifact: FoundArtifact, known: Known): WhereView {
  const { id, service, branch, sha, state, author, subject } = artifact;
  const releases = known.releases.filter(({ artifactId }) => artifactId === id);
  const names = new Set([...known.environments, ...releases.map(({ environment }) => environment)]);
  return compact({
    artifact: id,
    service,
    branch,
    sha,
    state,
    author: author ?? undefined,
    message: subject ?? undefined,
    hops: artifactHops(artifact),
    environments: [...names].map((environment) =>
      viewEnvironment(artifact, environment, {
        release: releases.find((each) => each.environment === environment),
        folder: known.folders.find((each) => each.service === service && each.environment === environment),
        known,
      }),
    ),
  });
}

interface Place {
  readonly release: Release | undefined;
  readonly folder: OwnedFolder | undefined;
  readonly known: Known;
}

function viewEnvironment(
  artifact: FoundArtifact,
  environment: string,
  { release, folder, known }: Place,
): WhereEnvironment {
  return compact({
    environment,
    state: verdictOf(artifact, environment),
    isThere: folder?.artifactId === artifact.id,
    there: folder === undefined ? undefined : (folder.artifactId ?? 'not by a release'),
    release:
      release === undefined
        ? undefined
        : compact({ ...toReleaseView(release), rollout: known.rollouts.get(release.id) }),
    hops:
      release === undefined
        ? []
        : releaseHops(release, known.steps.get(release.id) ?? [], artifact.verified_at ?? undefined),
  });
}

function verdictOf({ state, verdicts }: FoundArtifact, environment: string): WhereEnvironment['state'] {
  const own = verdicts[environment];
  if (own !== undefined) return own;
  if (state === 'rejected') return 'rejected';
  return state === 'ready' ? 'absent' : 'unknown';
}
