import { fileURLToPath } from 'node:url';

import type { DoctorCheck } from '@release-manager/contract';
import type { Express } from 'express';

import { checkAccess } from '../features/access/index.ts';
import { createArtifactRoutes, createArtifactService } from '../features/artifacts/index.ts';
import { createBuildRoutes, createBuildTakeover } from '../features/builds/index.ts';
import { checkDeliveries, createDeliveryRoutes } from '../features/deliveries/index.ts';
import { checkGithub, checkSources, createSystemRoutes, runCheck } from '../features/doctor/index.ts';
import { createHistoryRoutes } from '../features/history/index.ts';
import { checkHolds, createHoldRoutes, createQuarantineRoutes, createStops } from '../features/holds/index.ts';
import { checkIncoming, createIncomingRoutes } from '../features/incoming/index.ts';
import { createLedgerFeed, createLedgerRoutes, createLedgerStore } from '../features/ledger/index.ts';
import { createPolicyRoutes, PolicyService } from '../features/policies/index.ts';
import { automationHold, checkRecovery, createRecoveryRoutes, recoveryReadiness } from '../features/recovery/index.ts';
import { createReleaseRoutes, createUndeployPort, ReleaseService } from '../features/releases/index.ts';
import { createRollbackRoutes } from '../features/rollbacks/index.ts';
import {
  checkDaemons,
  createCommandWatch,
  createDaemonRoutes,
  createFluxReports,
  createFluxWebhook,
  createRolloutRoutes,
  readRollout,
} from '../features/rollouts/index.ts';
import { createServiceRoutes } from '../features/services/index.ts';
import { createSlackWebhook } from '../features/slack-actions/index.ts';
import { createStatusRoutes } from '../features/status/index.ts';
import { createGithubInbox, createGithubWebhook } from '../features/webhooks/index.ts';
import { createWhereRoutes } from '../features/where/index.ts';
import { createApp, createInvoke, type Handlers, type RawRoute } from '../http/index.ts';
import { openAccess, type OpenedAccess } from './access.ts';
import { startChat } from './chat.ts';
import type { Foundation } from './foundation.ts';
import { gitMount } from './git-mount.ts';
import { landingPage } from './landing.ts';
import { builtInRepository } from './open-config-repo.ts';
import { readinessChecks } from './readiness.ts';
import { slackChecks } from './slack.ts';
import { version } from './version.ts';

/** The one-file CLI that the manager hands out, beside this package in a checkout and in an image. */
const cliFile = fileURLToPath(new URL('../../../cli/dist/release-cli.mjs', import.meta.url));

/** Every route with what it needs. */
export async function buildApi(foundation: Foundation): Promise<Express> {
  const { config, database, queue, repo, repoPlace, storePlace, lifecycle, now } = foundation;
  const opened = await openAccess(foundation);
  const { authenticate, rights, access } = opened;
  const handlers = await openHandlers(foundation, opened);
  await startChat(foundation, { invoke: createInvoke(handlers, foundation.redactor), access });

  return createApp({
    ...foundation,
    authenticate,
    stopping: lifecycle.stopping,
    leaving: lifecycle.leaving,
    limits: { perMinute: config.RATE_LIMIT_PER_MINUTE, trustedProxies: config.TRUST_PROXY },
    version,
    landing: landingPage(foundation),
    readiness: [
      ...readinessChecks({ database, store: storePlace.store, repo, repoUrl: initTarget(foundation), now }),
      recoveryReadiness(database),
    ],
    uploads: storePlace.uploads,
    webhooks: [
      githubWebhook(foundation),
      createFluxWebhook({ key: config.FLUX_WEBHOOK_KEY, database, now }),
      createSlackWebhook({
        database,
        queue,
        signingSecret: config.SLACK_SIGNING_SECRET,
        apiUrl: config.SLACK_API_URL,
        now,
      }),
    ],
    cliFile,
    mounts: repoPlace.servedFrom === undefined ? [] : [gitMount(repoPlace.servedFrom, authenticate, rights)],
    handlers,
  });
}

/** What answers each operation of the API. */
async function openHandlers(foundation: Foundation, opened: OpenedAccess): Promise<Handlers> {
  const { config, database, repo, repoPlace, storePlace, logger, lifecycle, identity, now, loader } = foundation;
  const { rights, access, routes: accessRoutes } = opened;
  const ledger = createLedgerStore(database.db);
  const feed = await createLedgerFeed({ database, store: ledger, logger });
  lifecycle.onStop('ledger feed', () => feed.close());
  const commands = await createCommandWatch(database);
  lifecycle.onStop('command watch', () => commands.close());
  const { store } = storePlace;
  const shared = { database, repo, rights, identity, now, ...whatStops(foundation) };
  const undeploy = createUndeployPort({ identity, now });
  const builds = createBuildTakeover();
  return {
    ...createArtifactRoutes({ ...shared, service: createArtifactService({ ...foundation, store, rights, builds }) }),
    ...createBuildRoutes(shared),
    ...createIncomingRoutes(shared),
    ...createReleaseRoutes({
      rollout: (id) => readRollout(database.db, id),
      ...shared,
      loader,
      service: new ReleaseService({ ...shared, queue: foundation.queue }),
    }),
    ...createHoldRoutes({ ...shared, recovery: { automationHold } }),
    ...createQuarantineRoutes(shared),
    ...createRollbackRoutes(shared),
    ...createRecoveryRoutes(shared),
    ...createStatusRoutes({ ...shared, recovery: { automationHold } }),
    ...createDaemonRoutes({ ...shared, commands }),
    ...createRolloutRoutes({ ...shared, fluxKey: config.FLUX_WEBHOOK_KEY, publicUrl: foundation.publicUrl }),
    ...createHistoryRoutes(shared),
    ...createDeliveryRoutes(shared),
    ...createWhereRoutes(shared),
    ...createLedgerRoutes({ store: ledger, feed }),
    ...createServiceRoutes({ ...shared, undeploy }),
    ...createPolicyRoutes({ ...shared, service: new PolicyService(shared) }),
    ...accessRoutes,
    ...createSystemRoutes({
      ...shared,
      databaseDescription: foundation.databaseDescription,
      store,
      repoDescription: repoPlace.description,
      dataDir: config.DATA_DIR,
      more: async () => [
        ...(await checkDaemons({ database, snapshot: () => repo.snapshot(), now })),
        ...(await checkIncoming({ database, messages: storePlace.events?.messages, now })),
        ...(await githubChecks(foundation)),
        ...(await slackChecks(foundation)),
        ...checkAccess(access(), repo.snapshot()),
        ...(await checkRecovery(database)),
        ...(await checkHolds({ database, now })),
        ...(await checkDeliveries({ database, now })),
      ],
      version,
    }),
  };
}

/** What may speak against a release beside the rules of the config repo. */
function whatStops({ identity }: Foundation) {
  return { stops: createStops({ identity }), flux: createFluxReports() };
}

/** What `release-cli init` is given. */
function initTarget({ repoPlace, publicUrl }: Foundation): string {
  return repoPlace.servedFrom === undefined ? repoPlace.description : `${publicUrl}/git/${builtInRepository}`;
}

async function githubChecks({ github, database, now }: Foundation): Promise<readonly DoctorCheck[]> {
  if (github === undefined) return [];
  const found = [
    runCheck('github', () => checkGithub(github)),
    runCheck('sources', () => checkSources(database, now())),
  ];
  return (await Promise.all(found)).flat();
}

function githubWebhook({ config, database, queue, github, now }: Foundation): RawRoute {
  return createGithubWebhook({
    secret: config.GITHUB_WEBHOOK_SECRET,
    configRepo: { url: config.CONFIG_REPO_URL, branch: config.CONFIG_REPO_BRANCH },
    inbox: createGithubInbox({ database, queue, now }),
    followsSources: github !== undefined,
  });
}
