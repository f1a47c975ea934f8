import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { migrateUp } from '@release-manager/migrations';
import { openDatabase, startEmbeddedPostgres } from '@release-manager/postgres';
import type { TestProject } from 'vitest/node';

import { templateName } from './template.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the server's own database; `testDatabase` makes one for each file. */
    postgresUrl: string;
  }
}

/**
 * One Postgres per run, in a folder of its own and on a free port, with a migrated template to clone. A run that is killed
 * leaves a folder in the temporary directory and nothing else: the server goes down with the process that started it.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'release-manager-test-'));
  const server = await startEmbeddedPostgres({ dataDir: path.join(folder, 'postgres'), fast: true });
  await makeTemplate(server.url);
  project.provide('postgresUrl', server.url);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  };
}

async function makeTemplate(url: string): Promise<void> {
  const server = openDatabase({ url, applicationName: 'test-setup', poolSize: 1 });
  await server.db.raw(`create database ${templateName}`);
  await server.close();
  const templateUrl = new URL(url);
  templateUrl.pathname = `/${templateName}`;
  const template = openDatabase({ url: templateUrl.href, applicationName: 'test-setup', poolSize: 1 });
  await migrateUp(template.db);
  await template.close();
}
