import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { GitIdentity } from '@release-manager/domain';
import type { GithubApi } from '@release-manager/github';
import type { Database } from '@release-manager/postgres';
import { createQueue, type Queue } from '@release-manager/queue';
import { type Context, type Lifecycle, type Logger, type Metrics, type Redactor } from '@release-manager/runtime';

import type { Config } from '../config.ts';
import {
  artifactReadyJob,
  createArtifactLoader,
  proveSourceJob,
  verifyArtifactJob,
  type ArtifactLoader,
} from '../features/artifacts/index.ts';
import { chatRequestJob } from '../features/chat/index.ts';
import { createConfigRepo, type ConfigRepo } from '../features/config-repo/index.ts';
import { takeIncomingJob } from '../features/incoming/index.ts';
import { githubEventJob } from '../features/webhooks/index.ts';
import { openConfigRepo, type OpenedConfigRepo } from './open-config-repo.ts';
import { openManagerDatabase, type OpenedDatabase } from './open-database.ts';
import { openGithub } from './open-github.ts';
import { openStore, type OpenedStore } from './open-store.ts';
import { keptSecret } from './secret-file.ts';
import { startQueue } from './start-queue.ts';

/** What the process itself brings: made by `main`, or by a test. */
export interface Surroundings {
  readonly logger: Logger;
  readonly context: Context;
  readonly redactor: Redactor;
  readonly lifecycle: Lifecycle;
}

/** Memory for rendered files that were just verified, shown or released. */
const loaderCacheBytes = 128 * 1024 * 1024;

/** What every role stands on. */
export interface Foundation extends Surroundings {
  readonly config: Config;
  readonly publicUrl: string;
  readonly database: Database;
  readonly databaseDescription: string;
  readonly queue: Queue;
  readonly metrics: Metrics;
  readonly repo: ConfigRepo;
  readonly repoPlace: OpenedConfigRepo;
  readonly storePlace: OpenedStore;
  /** One for the whole process: what was just verified is what is looked at and released next. */
  readonly loader: ArtifactLoader;
  /** The manager as a committer. */
  readonly identity: GitIdentity;
  /** Ends git that hangs; said once nobody waits for an answer any more that would need it. */
  readonly endGit: () => void;
  /** Absent where nobody configured it. */
  readonly github: GithubApi | undefined;
  /** Whether GitHub is asked of commits and branches. */
  readonly asksSource: boolean;
  readonly adminToken: string;
  /** Where the admin token can be read, when nobody set one. */
  readonly adminTokenFile: string | undefined;
  readonly now: () => Date;
}

export async function layFoundation(
  config: Config,
  publicUrl: string,
  around: Surroundings & { readonly metrics: Metrics },
): Promise<Foundation> {
  const { logger, redactor, lifecycle } = around;
  const now = (): Date => new Date();
  await mkdir(config.DATA_DIR, { recursive: true, mode: 0o700 });
  const adminTokenFile = config.ADMIN_TOKEN === undefined ? join(config.DATA_DIR, 'admin-token') : undefined;
  const adminToken = config.ADMIN_TOKEN ?? (await keptSecret(join(config.DATA_DIR, 'admin-token')));
  redactor.register(adminToken);

  const github = openGithub(config, now);
  const identity = { name: 'release-manager', email: `release-manager@${new URL(publicUrl).hostname}` };
  const gitEnds = new AbortController();
  const openRepo = async (): Promise<{ repoPlace: OpenedConfigRepo; repo: ConfigRepo }> => {
    const repoPlace = await openConfigRepo(config, { ...around, identity, now, stopping: gitEnds.signal });
    const repo = createConfigRepo({ mirror: repoPlace.mirror, logger, now });
    // The first look clones, which takes as long as the database does; whether it went well is said by the poll's.
    void repo.refresh().catch(() => undefined);
    return { repoPlace, repo };
  };
  const [opened, storePlace, { repoPlace, repo }] = await allOpen([
    openDatabase(config, around),
    openStore(config, publicUrl, redactor),
    openRepo(),
  ]);
  const queue = createQueue({
    database: opened.database,
    jobs: [verifyArtifactJob, artifactReadyJob, proveSourceJob, takeIncomingJob, chatRequestJob, githubEventJob],
    onError: (error) => logger.warn('job queue had to try again', { error }),
  });
  await startQueue(queue, opened.database);
  lifecycle.onStop('queue', () => queue.stop({ graceSeconds: 8 }));
  return {
    ...around,
    config,
    publicUrl,
    database: opened.database,
    databaseDescription: opened.description,
    queue,
    repo,
    repoPlace,
    storePlace,
    loader: createArtifactLoader(storePlace.store, loaderCacheBytes),
    identity,
    endGit: () => gitEnds.abort(),
    github,
    asksSource: github !== undefined,
    adminToken,
    adminTokenFile,
    now,
  };
}

/** What stands on the database is stopped before it, so its stop is registered the moment it is open. */
async function openDatabase(config: Config, { logger, redactor, lifecycle }: Surroundings): Promise<OpenedDatabase> {
  const opened = await openManagerDatabase(config, logger, redactor);
  lifecycle.onStop('database', () => opened.close());
  opened.ended.addEventListener('abort', () => {
    // It also ends because we stop it, which is no failure.
    if (!lifecycle.stopping.aborted) void lifecycle.stop('the embedded Postgres has ended', 1);
  });
  return opened;
}

/** All of them, or the first failure once each has ended: a Postgres that still starts could not be stopped. */
async function allOpen<const Parts extends readonly Promise<unknown>[]>(
  parts: Parts,
): Promise<{ -readonly [Index in keyof Parts]: Awaited<Parts[Index]> }> {
  await Promise.allSettled(parts);
  return Promise.all(parts);
}
