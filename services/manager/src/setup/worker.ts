import type { ConfigSnapshot } from '@release-manager/config-repo';

import {
  ArtifactRecords,
  artifactReadyJob,
  askSource,
  createVerifyArtifact,
  sweepUploads,
  verifyArtifactJob,
  type Artifact,
} from '../features/artifacts/index.ts';
import { createFolderIndex, startMirrorUpkeep } from '../features/config-repo/index.ts';
import { sweepDeliveries } from '../features/deliveries/index.ts';
import { createStops, startHoldSweep } from '../features/holds/index.ts';
import { automate, settleSource, startConfigRepoWriter, unblockedArtifacts } from '../features/releases/index.ts';
import {
  createAncestry,
  createCommittedStates,
  createFluxReports,
  createRolloutWatch,
  startRolloutJudge,
  sweepObservations,
} from '../features/rollouts/index.ts';
import { sweepSlack } from '../features/slack/index.ts';
import { openDeliveries } from './deliveries.ts';
import type { Foundation } from './foundation.ts';
import { startIncoming } from './incoming.ts';
import { startPullRequests } from './pull-requests.ts';
import { startRecovery } from './recovery.ts';
import { startSources } from './sources.ts';
import { openTracing } from './tracing.ts';

const sweepEveryMs = 10 * 60 * 1000;

/** What works in the background: verification, automation, the writer of the config repo, the sweep. */
export async function startWorker(foundation: Foundation): Promise<void> {
  const { database, repo, logger, lifecycle, identity, now, metrics, loader } = foundation;
  const recovery = startRecovery(foundation);
  await workJobs(foundation, recovery);

  const batches = metrics.histogram({
    name: 'release_manager_push_releases',
    help: 'Releases in one push to the config repo',
    buckets: [1, 2, 5, 10, 50, 100, 500],
  });
  const writer = await startConfigRepoWriter({
    database,
    repo,
    index: createFolderIndex({
      database,
      mirror: repo.mirror,
      branch: foundation.config.CONFIG_REPO_BRANCH,
      logger,
      now,
    }),
    loader,
    recovery,
    stops: createStops({ identity }),
    flux: createFluxReports(),
    logger,
    identity,
    now,
    hops: {
      pushed: (seconds) => metrics.hopSeconds.observe({ hop: 'queued-committed' }, seconds),
      batch: (size) => batches.observe({}, size),
    },
    rollouts: createRolloutWatch(),
  });
  lifecycle.onStop('writer', () => writer.stop());
  let rules = repo.snapshot().brokenServices;
  repo.onChange((snapshot) => {
    // Whoever edited the config repo may have changed what a folder holds.
    writer.wake();
    if (snapshot.brokenServices === rules) return;
    rules = snapshot.brokenServices;
    automateUnblocked(foundation, snapshot).catch((error: unknown) =>
      logger.warn('artifacts of mended policies could not be looked at', { error }),
    );
  });

  const waiting = { database, now, recovery, stops: createStops(foundation) };
  await startSources(foundation, () => settleSource(waiting, repo.snapshot()));
  const holds = startHoldSweep({ database, now, recovery, logger });
  lifecycle.onStop('holds', () => holds.stop());
  openTracing(foundation);
  await startPullRequests(foundation);
  await openDeliveries(foundation);

  const judge = await startRolloutJudge({
    ...foundation,
    ancestry: createAncestry(repo.mirror, () => repo.refresh()),
    committed: createCommittedStates(repo.mirror, logger),
    snapshot: () => repo.snapshot(),
    hops: {
      applied: (seconds) => metrics.hopSeconds.observe({ hop: 'committed-applied' }, seconds),
      healthy: (seconds) => metrics.hopSeconds.observe({ hop: 'applied-healthy' }, seconds),
    },
  });
  lifecycle.onStop('rollout judge', () => judge.stop());

  await startIncoming(foundation);

  const upkeep = startMirrorUpkeep(repo.mirror, logger);
  lifecycle.onStop('mirror upkeep', () => upkeep.stop());

  startSweeps(foundation);
}

/** What forgets what nobody asks about any more. */
function startSweeps(foundation: Foundation): void {
  const { logger, lifecycle, storePlace } = foundation;
  const gently = (what: string, work: Promise<unknown>): void => {
    work.catch((error: unknown) => logger.warn(`sweep of ${what} failed`, { error }));
  };
  const sweep = setInterval(() => {
    gently('dead uploads', sweepUploads({ ...foundation, store: storePlace.store }));
    gently('observations', sweepObservations(foundation));
    gently('deliveries', sweepDeliveries(foundation));
    gently('messages in Slack', sweepSlack(foundation));
  }, sweepEveryMs);
  lifecycle.onStop('sweep', () => clearInterval(sweep));
}

/** Somebody mended a policy file: what it had kept from going out by itself goes now. */
async function automateUnblocked({ database, queue }: Foundation, snapshot: ConfigSnapshot): Promise<void> {
  for (const artifactId of await unblockedArtifacts(database.db, snapshot)) {
    await database.transaction((tx) => queue.enqueue(tx, artifactReadyJob, { artifactId }, { key: artifactId }));
  }
}

/** Verification and automation, with how long an artifact waited for each. */
async function workJobs(foundation: Foundation, recovery: ReturnType<typeof startRecovery>): Promise<void> {
  const { database, queue, repo, logger, now, metrics, context } = foundation;
  const { store } = foundation.storePlace;
  const hop = (name: string, since: Date): void =>
    metrics.hopSeconds.observe({ hop: name }, (now().getTime() - since.getTime()) / 1000);
  const onVerdict = ({ registeredAt }: Artifact): void => hop('registered-verified', registeredAt);
  await queue.work(verifyArtifactJob, createVerifyArtifact({ ...foundation, store, onVerdict }), { concurrency: 4 });
  await queue.work(
    artifactReadyJob,
    ({ artifactId }) =>
      context.run({ jobId: `${artifactReadyJob.name} ${artifactId}` }, async () => {
        const artifact = await new ArtifactRecords(database.db).find(artifactId);
        if (artifact === undefined) return;
        // The rules as they are now, not as the last poll saw them: somebody may have pushed one a second ago.
        const snapshot = await repo.refresh();
        const tip = repo.mirror.tip();
        // What was released in a time that the database forgot is not released again. The writer looks once more.
        if (tip !== undefined) await recovery.settle(tip);
        const deps = { database, now, recovery, stops: createStops(foundation) };
        const releases = await automate(deps, artifact, snapshot);
        await settleSource(deps, snapshot, artifactId);
        if (artifact.sourceProof?.state === 'unasked')
          await database.transaction((tx) => askSource(tx, artifact, { queue, at: now() }));
        logger.info('policies applied to an artifact', { artifact: artifactId, releases });
        if (releases.length > 0) hop('ready-queued', artifact.verifiedAt ?? artifact.registeredAt);
      }),
    { concurrency: 4 },
  );
}
