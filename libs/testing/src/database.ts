import { randomBytes } from 'node:crypto';

import { openDatabase, type Database } from '@release-manager/postgres';
import { inject } from 'vitest';

import { templateName } from './template.ts';

export interface TestDatabase {
  readonly database: Database;
  /** For a second process or pool on the same database. */
  readonly url: string;
  /** Ends the pool and removes the database, with whatever is still connected to it. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Without the schema, for tests of the migrations themselves. */
  readonly empty?: boolean;
  readonly onError?: (error: unknown) => void;
}

/** A database of its own for a test file (about 30 ms): migrated and empty of rows. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `create database ${name} template ${options.empty === true ? 'template0' : templateName}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const { onError } = options;
  const database = openDatabase({
    url: url.href,
    applicationName: 'test',
    poolSize: 8,
    ...(onError === undefined ? {} : { onError }),
  });
  return {
    database,
    url: url.href,
    drop: async () => {
      await database.close();
      await onServer(serverUrl, `drop database ${name} with (force)`);
    },
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const server = openDatabase({ url, applicationName: 'test-database', poolSize: 1 });
  try {
    await server.db.raw(statement);
  } finally {
    await server.close();
  }
}
