import { setFlagsFromString } from 'node:v8';

import { AppError } from '@release-manager/domain';
import { createContext, createLifecycle, createLogger, createRedactor } from '@release-manager/runtime';

import { startDaemon } from './compose.ts';
import { configSecrets, readConfig } from './config.ts';

/**
 * The daemon keeps little and reads a lot: pages of large lists, all of it garbage a moment later. V8 lets a heap double
 * before it collects the old part; in 10 % steps the peak halves, for a few seconds of CPU while a large cluster is read.
 */
setFlagsFromString('--heap-growing-percent=10');

/** Starts the daemon that the environment describes. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const redactor = createRedactor();
  for (const secret of configSecrets(config)) redactor.register(secret);
  const logger = createLogger({ level: config.LOG_LEVEL, redactor, context: createContext() });
  const lifecycle = createLifecycle({ logger });
  try {
    await startDaemon(config, { logger, lifecycle, redactor });
    const { ENVIRONMENT: environment, CLUSTER: cluster, RELEASE_MANAGER_URL: manager, DATA_DIR: dataDir } = config;
    logger.info('daemon is started', { environment, cluster, manager, dataDir });
  } catch (error) {
    explain(error);
    await lifecycle.stop('it could not start', 1);
  }
}

/** What stops a start is for a person to read, so it stands beside the log and not in it. */
function explain(error: unknown): void {
  const text = error instanceof AppError ? error.message : String(error instanceof Error ? error.stack : error);
  const next = error instanceof AppError && error.next !== undefined ? `\n  → ${error.next}` : '';
  process.stderr.write(`release-daemon could not start: ${text}${next}\n`);
}

try {
  await main();
} catch (error) {
  explain(error);
  process.exitCode = 1;
}
