import type { RequestListener } from 'node:http';

import { createMetrics } from '@release-manager/runtime';

import type { Config } from './config.ts';
import { listenForPushes, startConfigRepoPoll } from './features/config-repo/index.ts';
import { createMetricsServer, listen } from './http/index.ts';
import { buildApi } from './setup/api.ts';
import { awaitFirstLook } from './setup/first-look.ts';
import { layFoundation, type Surroundings } from './setup/foundation.ts';
import { builtInRepository } from './setup/open-config-repo.ts';
import { answerWhileStarting } from './setup/starting.ts';
import { startWorker } from './setup/worker.ts';

/** A manager that answers. It is stopped by the lifecycle it was given. */
export interface RunningManager {
  readonly url: string;
  /** Where it listens, whatever stands in front. */
  readonly port: number;
  readonly metricsUrl: string;
  readonly adminToken: string;
  readonly adminTokenFile: string | undefined;
  /** Where the config repo is; the built-in one with its address. */
  readonly configRepo: string;
}

/**
 * Builds one manager. Both ports come first: one that is taken is said before anything else was started, and with port 0 the
 * address has to be known to whatever hands it out. From then on `/healthz` answers: a process that still starts is alive.
 */
export async function startManager(config: Config, around: Surroundings): Promise<RunningManager> {
  const { lifecycle, logger } = around;
  let handle: RequestListener = answerWhileStarting;
  const server = await listen((request, response) => handle(request, response), { port: config.PORT, setting: 'PORT' });
  const url = config.PUBLIC_URL?.replace(/\/+$/, '') ?? `http://localhost:${server.port}`;

  const metrics = createMetrics();
  const metricsServer = await createMetricsServer(metrics, { port: config.METRICS_PORT, setting: 'METRICS_PORT' });
  lifecycle.onStop('metrics', () => metricsServer.close());

  const foundation = await layFoundation(config, url, { ...around, metrics });
  const poll = startConfigRepoPoll(foundation.repo, config.CONFIG_REPO_POLL_SECONDS, logger);
  lifecycle.onStop('config repo poll', () => poll.stop());
  const announcements = await listenForPushes(foundation.database, poll);
  lifecycle.onStop('announced pushes', () => announcements.close());
  const looked = poll.now();
  if (config.ROLE !== 'api') await startWorker(foundation);
  const api = await buildApi(foundation);
  lifecycle.onStop('git', () => foundation.endGit());
  // Stopped first, since it is registered last: requests end before what they stand on does.
  lifecycle.onStop('http', () => server.close());
  await awaitFirstLook(looked, logger);
  handle = api;
  lifecycle.drainFor(config.DRAIN_SECONDS * 1000);

  const { repoPlace, adminToken, adminTokenFile } = foundation;
  return {
    url,
    port: server.port,
    metricsUrl: `http://localhost:${metricsServer.port}/metrics`,
    adminToken,
    adminTokenFile,
    configRepo: repoPlace.servedFrom === undefined ? repoPlace.description : `${url}/git/${builtInRepository}`,
  };
}
