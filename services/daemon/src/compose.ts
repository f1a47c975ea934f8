import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createClient } from '@release-manager/contract';
import type { Lifecycle, Logger } from '@release-manager/runtime';

import type { Config } from './config.ts';
import { Delivery, type DeliveryTiming } from './deliver/index.ts';
import {
  createApiClient,
  createTransport,
  inClusterCredentials,
  kubeconfigCredentials,
  type CredentialSource,
  type ReflectorTiming,
} from './kubernetes/index.ts';
import { Outbox } from './outbox/index.ts';
import { ClusterWatch, Reporter } from './track/index.ts';

export interface Surroundings {
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  /** Instead of those that the settings name. */
  readonly credentials?: CredentialSource;
  /** For tests, which do not wait for minutes. */
  readonly timing?: { readonly reflector?: Partial<ReflectorTiming>; readonly delivery?: Partial<DeliveryTiming> };
}

/** Milliseconds between two looks whether something was lost that has to be told again. */
const recoverMs = 10_000;

/** Builds one daemon and starts it. It is stopped by the lifecycle it was given. */
export function startDaemon(config: Config, around: Surroundings): void {
  const { logger, lifecycle, timing = {} } = around;
  const version = ownVersion();
  const userAgent = `release-daemon/${version}`;
  const kubernetes = createApiClient(createTransport(around.credentials ?? credentialsOf(config), userAgent));
  lifecycle.onStop('kubernetes client', () => kubernetes.close());
  const manager = createClient({
    url: config.RELEASE_MANAGER_URL,
    token: config.RELEASE_MANAGER_TOKEN,
    userAgent,
    timeoutSeconds: 75,
  });

  const outbox = new Outbox({ folder: join(config.DATA_DIR, 'outbox'), logger, onAppend: () => delivery.wake() });
  lifecycle.onStop('outbox', () => outbox.close());
  const reporter = new Reporter(outbox, logger);
  const watch = new ClusterWatch({
    client: kubernetes,
    environment: config.ENVIRONMENT,
    namespaces: config.WATCH_NAMESPACES,
    reporter,
    logger,
    pods: { seen: () => undefined, gone: () => undefined },
    kustomizations: { seen: () => undefined, gone: () => undefined },
    onChange: () => delivery.wake(),
    ...(timing.reflector === undefined ? {} : { timing: timing.reflector }),
  });
  const delivery = new Delivery({
    client: manager,
    outbox,
    logger,
    describe: () => ({ version, canPoke: config.FLUX_RECEIVER_URL !== undefined, ...watch.describe() }),
    onStartOver: () => watch.tellEverything(),
    ...(timing.delivery === undefined ? {} : { timing: timing.delivery }),
  });

  delivery.start();
  lifecycle.onStop('delivery', () => delivery.stop());
  void watch.start();
  lifecycle.onStop('watch', () => watch.stop());
  const recovery = setInterval(() => recover(reporter, watch, logger), recoverMs);
  lifecycle.onStop('recovery', () => clearInterval(recovery));
}

/** What the disk refused is told again: the objects are still there. */
function recover(reporter: Reporter, watch: ClusterWatch, logger: Logger): void {
  const lost = reporter.takeLost();
  if (lost === 0) return;
  logger.warn('observations were lost: everything is told again', { lost });
  watch.tellEverything();
}

function credentialsOf(config: Config): CredentialSource {
  return config.KUBECONFIG === undefined
    ? inClusterCredentials(config.inCluster)
    : kubeconfigCredentials(config.KUBECONFIG);
}

function ownVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
}
