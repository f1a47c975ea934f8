import { AppError } from '@release-manager/domain';
import { createContext, createLifecycle, createLogger, createRedactor } from '@release-manager/runtime';

import { startManager } from './compose.ts';
import { configSecrets, readConfig, type Config } from './config.ts';

/** Starts the manager that the environment describes, and says where it is. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const redactor = createRedactor();
  for (const secret of configSecrets(config)) redactor.register(secret);
  const context = createContext();
  const logger = createLogger({ level: config.LOG_LEVEL, redactor, context });
  const lifecycle = createLifecycle({ logger });
  try {
    const manager = await startManager(config, { logger, context, redactor, lifecycle });
    const { url, port, metricsUrl: metrics, configRepo } = manager;
    logger.info('manager is ready', { url, port, metrics, configRepo });
    welcome(config, manager);
  } catch (error) {
    explain(error);
    await lifecycle.stop('it could not start', 1);
  }
}

function welcome(config: Config, manager: Awaited<ReturnType<typeof startManager>>): void {
  if (!process.stderr.isTTY && config.ADMIN_TOKEN !== undefined) return;
  const lines = [
    `release-manager answers at ${manager.url}`,
    ...(manager.adminTokenFile === undefined ? [] : [`  admin token   ${manager.adminTokenFile}`]),
    `  config repo   ${manager.configRepo}`,
    `  next          npx --no release-cli login ${manager.url} --token-stdin < ${manager.adminTokenFile ?? '<your token>'}`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** What stops a start is for a person to read, so it stands beside the log and not in it. */
function explain(error: unknown): void {
  const text = error instanceof AppError ? error.message : String(error instanceof Error ? error.stack : error);
  const next = error instanceof AppError && error.next !== undefined ? `\n  → ${error.next}` : '';
  process.stderr.write(`release-manager could not start: ${text}${next}\n`);
}

try {
  await main();
} catch (error) {
  explain(error);
  process.exitCode = 1;
}
