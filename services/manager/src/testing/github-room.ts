import type { Actor } from '@release-manager/domain';
import { createGithub, type GithubApi } from '@release-manager/github';
import { jsonb, type Db } from '@release-manager/postgres';
import { startFakeGithub, type FakeGithub, type FakePullRequest, type FakeRepository } from '@release-manager/testing';

import type { Artifact } from '../features/artifacts/index.ts';
import type { DeliveryParts } from '../features/deliveries/index.ts';
import type { DeploymentDeps } from '../features/github/deployment-delivery.ts';
import {
  createCheckDelivery,
  createDeploymentDelivery,
  createDeploymentReaction,
  createLabelDelivery,
  createLabelReaction,
  type PlanRenderer,
} from '../features/github/index.ts';
import type { LabelDeps } from '../features/github/label-delivery.ts';
import type { LabelReactionDeps } from '../features/github/label-reaction.ts';
import type { CheckDeps } from '../features/github/release-plan-check.ts';
import { appendLedger } from '../features/ledger/index.ts';
import { ReleaseStore, type Release } from '../features/releases/index.ts';
import { testClock, workDeliveries } from './delivery-room.ts';
import { openReleaseRoom } from './release-room.ts';

const mainFile = `environments:
  - { name: dev }
  - { name: prod, protected: true }
policies:
  - { kind: auto-release, branch: main, environment: dev }
  - { kind: auto-release, branch: main, environment: prod }
`;

/** Releases on a real Postgres and git remote, the engine of deliveries, and a GitHub that takes only what GitHub takes. */
export async function openGithubRoom(renderer: PlanRenderer) {
  const clock = testClock();
  const fake = await startFakeGithub(clock.now);
  const room = await openReleaseRoom({ mainFile, now: clock.now });
  const source: FakeRepository = fake.repository('Shop/web');
  const address = `git@${fake.host}:shop/web.git`;
  const github = tokenOf(fake, clock.now);
  const parts = partsOf({ ...room, github, publicUrl: 'https://rm.example', now: clock.now }, renderer);
  const work = await workDeliveries(room.database, parts, clock);
  const { db } = room.database;
  let run = 0;
  return {
    ...room,
    clock,
    fake,
    github,
    source,
    address,
    work,
    /** An artifact whose commit GitHub has. */
    async built(service: string, text: string): Promise<Artifact> {
      clock.pass(60);
      const artifact = await room.artifact({ service, text, run: (run += 1) });
      await db('services').where({ name: service }).update({ repository: address });
      source.commit(artifact.sha);
      return artifact;
    },
    /** A merged pull request that goes to both environments by itself, first built as that artifact. */
    async merged(artifact: Artifact): Promise<number> {
      const pull = await fake.people.open(source, { title: 'Sell more', author: 'ada', head: artifact.id, files: [] });
      await fake.people.merge(source, pull.number, 'bob');
      await recordMerge(db, { pull, artifact, address, at: clock.now() });
      return pull.number;
    },
    /** What automation releases of it, committed. */
    async released(artifact: Artifact): Promise<ReadonlyMap<string, Release>> {
      const ids = await room.automate(artifact);
      await room.write();
      const releases = await Promise.all(ids.map((id) => room.release(id)));
      return new Map(releases.map((release) => [release.environment, release]));
    },
    /** A person releases it. */
    async releasedBy(actor: Actor, artifact: Artifact, environment: string): Promise<void> {
      clock.pass(60);
      const what = { artifact: artifact.id };
      await room.service.request(actor, { service: artifact.service, environments: [environment], what });
      await room.write();
    },
    /** What a daemon would have found out, recorded as it is. */
    async become(release: Release, ...states: readonly Release['state'][]): Promise<void> {
      await room.database.transaction(async (tx) => {
        await new ReleaseStore(tx).markWatched([release.id]);
        for (const to of states) {
          const now = await new ReleaseStore(tx).find(release.id);
          if (now === undefined) throw new Error('it is gone');
          await new ReleaseStore(tx).transition(now, { to, at: clock.now() });
          const { service, environment, id: releaseId } = release;
          const entry = { service, environment, releaseId, from: now.state, to, cause: to, at: clock.now() };
          await appendLedger(tx, { ...entry, kind: `release.${to}`, actor: { kind: 'manager' } });
        }
      });
    },
    /** What happened is reacted to and told. */
    async heard(): Promise<void> {
      await work.react();
      await work.settle();
    },
    /** Environment and state of each deployment that GitHub has, in the order of the alphabet. */
    shown: (): readonly string[] => shownIn(source),
    async closeAll(): Promise<void> {
      await room.close();
      await fake.stop();
    },
  };
}

function partsOf(
  deps: DeploymentDeps & LabelDeps & LabelReactionDeps & Pick<CheckDeps, 'github'>,
  renderer: PlanRenderer,
): DeliveryParts {
  return {
    kinds: [createDeploymentDelivery(deps), createLabelDelivery(deps), createCheckDelivery({ ...deps, renderer })],
    reactions: [createDeploymentReaction(deps.github, deps.now), createLabelReaction(deps)],
  };
}

function shownIn({ deployments }: FakeRepository): readonly string[] {
  const last = deployments.map(({ environment, statuses }) => `${environment} ${statuses.at(-1)?.state ?? 'nothing'}`);
  return last.toSorted();
}

interface Merge {
  readonly pull: FakePullRequest;
  /** The first that holds it. */
  readonly artifact: Artifact;
  readonly address: string;
  readonly at: Date;
}

/** As the comments of pull requests leave it. */
async function recordMerge(db: Db, { pull, artifact, address, at }: Merge): Promise<void> {
  const { service, branch, seq } = artifact;
  const place = { repository: 'shop/web', number: pull.number };
  await db('pull_requests').insert({
    ...place,
    address,
    title: pull.title,
    draft: false,
    state: 'merged',
    head_sha: pull.headSha,
    head_branch: pull.headRef,
    base_branch: branch,
    merge_sha: pull.mergeCommitSha ?? '',
    merged_at: at,
    updated_at: at,
    builds: jsonb({ [service]: { looked: seq - 1, built: seq } }),
  });
  for (const environment of ['dev', 'prod'])
    await db('pull_request_targets').insert({ ...place, service, environment, place: 0, policy: 'auto' });
}

function tokenOf(fake: FakeGithub, now: () => Date): GithubApi {
  return createGithub({
    auth: { kind: 'token', token: fake.token },
    baseUrl: fake.url,
    userAgent: 'release-manager',
    now,
    retryUnitMs: 1,
    timeoutMs: 3000,
  });
}

export type GithubRoom = Awaited<ReturnType<typeof openGithubRoom>>;
