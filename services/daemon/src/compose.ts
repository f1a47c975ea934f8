import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createClient, type DaemonFacts } from '@release-manager/contract';
import { systemClock } from '@release-manager/domain';
import type { Lifecycle, Logger, Redactor } from '@release-manager/runtime';

import { Commands } from './commands/index.ts';
import type { Config } from './config.ts';
import { CrashLogs } from './crash-logs/index.ts';
import { Delivery, type DeliveryTiming } from './deliver/index.ts';
import {
  createApiClient,
  createTransport,
  inClusterCredentials,
  kubeconfigCredentials,
  maskedCredentials,
  ObjectFinder,
  type CredentialSource,
  type ReflectorTiming,
} from './kubernetes/index.ts';
import { Others } from './others/index.ts';
import { lockFolder, Outbox } from './outbox/index.ts';
import { Pruned } from './prune/index.ts';
import { ClusterWatch, Reporter, type KustomizationListener } from './track/index.ts';

export interface Surroundings {
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  /** Knows the secrets of the settings. */
  readonly redactor: Redactor;
  /** Instead of those that the settings name. */
  readonly credentials?: CredentialSource;
  /** For tests, which do not wait for minutes. */
  readonly timing?: {
    readonly reflector?: Partial<ReflectorTiming>;
    readonly delivery?: Partial<DeliveryTiming>;
    /** Of looks at single objects, in milliseconds. */
    readonly looks?: { readonly base: number; readonly cap: number; readonly looks: number };
  };
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** Milliseconds between two looks whether something was lost that has to be told again. */
const recoverMs = 10_000;

/**
 * Builds one daemon and starts it. It is stopped by the lifecycle it was given.
 * @throws AppError conflict `outbox.in-use` where another one uses its folder.
 */
export async function startDaemon(config: Config, around: Surroundings): Promise<void> {
  const { logger, lifecycle, redactor, timing = {} } = around;
  const unlock = await lockFolder(config.DATA_DIR);
  lifecycle.onStop('folder', unlock);
  const userAgent = `release-daemon/${version}`;
  const credentials = maskedCredentials(around.credentials ?? credentialsOf(config), redactor);
  const kubernetes = createApiClient(createTransport(credentials, userAgent));
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
  const finder = new ObjectFinder(kubernetes);
  const folder = join(config.DATA_DIR, 'inventories');
  const looks = timing.looks === undefined ? {} : { timing: timing.looks };
  const pruned = new Pruned({ finder, reporter, logger, folder, ...looks });
  const others = new Others({ finder, reporter, logger, ...looks });
  const path = join(config.DATA_DIR, 'crash-logs.json');
  const crashLogs = new CrashLogs({ client: kubernetes, reporter, redactor, logger, clock: systemClock, path });
  const watch = new ClusterWatch({
    client: kubernetes,
    environment: config.ENVIRONMENT,
    namespaces: config.WATCH_NAMESPACES,
    reporter,
    logger,
    pods: crashLogs,
    kustomizations: both(pruned, others),
    onChange: () => delivery.wake(),
    ...(timing.reflector === undefined ? {} : { timing: timing.reflector }),
  });
  const delivery = new Delivery({
    client: manager,
    outbox,
    logger,
    describe: () => describe(config, watch, finder),
    onStartOver: () => watch.tellEverything(),
    ...(timing.delivery === undefined ? {} : { timing: timing.delivery }),
  });
  const { FLUX_RECEIVER_URL: url, FLUX_RECEIVER_TOKEN: token } = config;
  const receiver = url === undefined ? undefined : { url, token };
  const commands = new Commands({ client: manager, kubernetes, outbox, receiver, redactor, logger });

  delivery.start();
  lifecycle.onStop('delivery', () => delivery.stop());
  commands.start();
  lifecycle.onStop('commands', () => commands.stop());
  for (const [name, part] of Object.entries({ crashLogs, pruned, others, watch })) {
    lifecycle.onStop(name, () => part.stop());
  }
  void watch.start();
  const recovery = setInterval(() => recover(reporter, watch, logger), recoverMs);
  lifecycle.onStop('recovery', () => clearInterval(recovery));
}

function describe(config: Config, watch: ClusterWatch, finder: ObjectFinder): Omit<DaemonFacts, 'backlog'> {
  const { unwatched, ...rest } = watch.describe();
  return {
    version,
    canPoke: config.FLUX_RECEIVER_URL !== undefined,
    ...rest,
    unwatched: [...unwatched, ...finder.unreadable].slice(0, 50),
  };
}

/** Both hear of each Kustomization. */
function both(one: KustomizationListener, other: KustomizationListener): KustomizationListener {
  return {
    seen: (kustomization) => {
      one.seen(kustomization);
      other.seen(kustomization);
    },
    gone: (uid) => {
      one.gone(uid);
      other.gone(uid);
    },
    listed: (uids, namespace) => {
      one.listed?.(uids, namespace);
      other.listed?.(uids, namespace);
    },
  };
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
