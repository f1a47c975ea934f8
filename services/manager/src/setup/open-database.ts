import { join } from 'node:path';

import { migrateUp } from '@release-manager/migrations';
import { openDatabase, startEmbeddedPostgres, type Database } from '@release-manager/postgres';
import type { Logger, Redactor } from '@release-manager/runtime';

import type { Config } from '../config.ts';

export interface OpenedDatabase {
  readonly database: Database;
  /** `embedded in <folder>` or `DATABASE_URL`. */
  readonly description: string;
  /** Aborted when an embedded server has ended by itself; never for somebody else's. */
  readonly ended: AbortSignal;
  close(): Promise<void>;
}

/** The one Postgres: somebody else's by DATABASE_URL, or our own child process. Migrated before anything else looks at it. */
export async function openManagerDatabase(config: Config, logger: Logger, redactor: Redactor): Promise<OpenedDatabase> {
  const server = await findServer(config, logger);
  redactor.register(new URL(server.url).password);
  const database = openDatabase({
    url: server.url,
    applicationName: `release-manager ${config.ROLE}`,
    poolSize: 20,
    onError: (error) => logger.warn('database connection had to be made again', { error }),
  });
  try {
    await migrateUp(database.db);
  } catch (error) {
    await database.close();
    await server.stop();
    throw error;
  }
  return {
    database,
    description: server.description,
    ended: server.ended,
    async close() {
      await database.close();
      await server.stop();
    },
  };
}

async function findServer(config: Config, logger: Logger) {
  if (config.DATABASE_URL !== undefined) {
    return {
      url: config.DATABASE_URL,
      description: 'DATABASE_URL',
      ended: new AbortController().signal,
      stop: () => Promise.resolve(),
    };
  }
  const dataDir = join(config.DATA_DIR, 'postgres');
  const server = await startEmbeddedPostgres({
    dataDir,
    onLog: (line) => logger.debug('postgres says', { line }),
  });
  return { url: server.url, description: `embedded in ${dataDir}`, ended: server.ended, stop: () => server.stop() };
}
