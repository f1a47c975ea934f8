import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGitServer, testDatabase, type GitServer } from '@release-manager/testing';

import { createCli, type Cli } from '../../services/manager/src/demo/processes/cli.ts';
import { startManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { commitAsPerson } from './config-repo.ts';
import { createStubbornClient, type StubbornClient } from './stubborn-client.ts';

/** A manager in a process of its own with a config repo on a git server, as small teams have it. */
export interface Installation {
  readonly url: string;
  readonly folder: string;
  readonly client: StubbornClient;
  readonly admin: Cli;
  /** The command line with another token, or with none. */
  cli(token?: string): Cli;
  /** git in the config repo. */
  git(...args: string[]): Promise<string>;
  readonly server: GitServer;
  readonly repoUrl: string;
  stop(): Promise<void>;
}

const repository = 'config';
const adminToken = 'a-token-for-tests-only-0123456789';

export async function startInstallation(files: Readonly<Record<string, string>>): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'installation-'));
  const server = await startGitServer();
  await server.create(repository);
  await commitAsPerson(server.url(repository), files);
  const database = await testDatabase();
  const manager = startManagerProcess({
    home: folder,
    logFile: join(folder, 'manager.log'),
    settings: {
      DATA_DIR: join(folder, 'data'),
      DATABASE_URL: database.url,
      CONFIG_REPO_URL: server.url(repository),
      CONFIG_REPO_POLL_SECONDS: '0.2',
      ADMIN_TOKEN: adminToken,
    },
  });
  const stop = async (): Promise<void> => {
    await manager.end('SIGTERM');
    await server.stop();
    await database.drop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const { url } = await manager.ready;
    return {
      url,
      folder,
      client: createStubbornClient(url, adminToken),
      admin: createCli({ home: folder, url, token: adminToken }),
      cli: (token) => createCli({ home: folder, url, token }),
      git: (...args) => server.git(repository, ...args),
      server,
      repoUrl: server.url(repository),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
