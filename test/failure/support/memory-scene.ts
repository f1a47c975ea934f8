import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { startGitServer, type GitServer } from '@release-manager/testing';

import {
  startManagerProcess,
  type ManagerProcess,
} from '../../../services/manager/src/demo/processes/manager-process.ts';
import { autoRelease, commitAsPerson, mainFile } from '../../support/config-repo.ts';
import { burstServices } from './burst.ts';

export const repository = 'config';
/** Services of the burst. */
export const burstSize = 16;
export const adminToken = 'a-token-for-tests-only-0123456789';

/** A config repo and an artifact store that stay, and managers on whatever database. */
export interface MemoryScene {
  readonly git: GitServer;
  /** What the managers said. */
  readonly logFile: string;
  start(databaseUrl: string, port?: string): ManagerProcess;
  /** The tip of the branch at the remote. */
  tip(): Promise<string>;
  close(): Promise<void>;
}

/** Each service of the burst is released to dev by itself from main. */
export async function setMemoryScene(): Promise<MemoryScene> {
  const folder = await mkdtemp(join(tmpdir(), 'memory-'));
  const git = await startGitServer();
  await git.create(repository);
  const policies = burstServices(burstSize).map((name) => [`policies/${name}.yaml`, autoRelease(name)] as const);
  await commitAsPerson(git.url(repository), { 'release-manager.yaml': mainFile, ...Object.fromEntries(policies) });
  const logFile = join(folder, 'manager.log');
  return {
    git,
    logFile,
    start: (databaseUrl, port = '0') =>
      startManagerProcess({
        home: folder,
        logFile,
        settings: {
          PORT: port,
          DATA_DIR: join(folder, 'data'),
          DATABASE_URL: databaseUrl,
          CONFIG_REPO_URL: git.url(repository),
          CONFIG_REPO_POLL_SECONDS: '1',
          ADMIN_TOKEN: adminToken,
        },
      }),
    tip: async () => (await git.git(repository, 'rev-parse', 'main')).trim(),
    async close() {
      await git.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Asks the manager; an answer that is no success is thrown with its words. */
export async function ask<Answer>(url: string, path: string, body?: unknown, token = adminToken): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Answer;
}

const patienceMs = 120_000;

/** Asks again until the answer is as wanted; gives up when it has not changed for two minutes. */
export async function eventually<Answer>(
  look: () => Promise<Answer>,
  good: (answer: Answer) => boolean,
): Promise<Answer> {
  let before: string | undefined;
  let changedAt = Date.now();
  for (;;) {
    const answer = await look();
    if (good(answer)) return answer;
    const text = JSON.stringify(answer);
    if (text !== before) changedAt = Date.now();
    if (Date.now() - changedAt > patienceMs) throw new Error(`it stays ${text}`);
    before = text;
    await wait(100);
  }
}
