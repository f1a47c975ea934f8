import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseConfig } from '@release-manager/config-repo';
import type { Database } from '@release-manager/postgres';
import { createQueue, type JobContext } from '@release-manager/queue';
import { silentLogger } from '@release-manager/runtime';
import { createFolderStore, type ArtifactStore } from '@release-manager/storage';

import {
  ArtifactRecords,
  artifactReadyJob,
  createArtifactLoader,
  createVerifyArtifact,
  verifyArtifactJob,
  type Artifact,
} from '../features/artifacts/index.ts';
import { takeIncomingJob, createTakeIncoming } from '../features/incoming/index.ts';
import type { TakeIncomingDeps } from '../features/incoming/take-incoming.ts';

export { configMap, pack, type Packed } from '../features/artifacts/artifact-room.testing.ts';

const mainFile = 'environments:\n  - { name: dev }\n  - { name: prod, protected: true }\ntrustIncoming: [trusted]\n';

/** The whole way from the bucket on a real Postgres and a real queue; the config repo is a text. */
export async function openIncomingRoom(database: Database, given?: ArtifactStore) {
  const folder = await mkdtemp(join(tmpdir(), 'incoming-room-'));
  const store = given ?? createFolderStore({ folder, publicUrl: 'http://localhost', secret: Buffer.alloc(32, 7) });
  const now = (): Date => new Date();
  const config = { text: mainFile };
  const repo = {
    snapshot: () => parseConfig('c0ffee', new Map([['release-manager.yaml', Buffer.from(config.text)]])),
    readAt: now,
  };
  const queue = createQueue({
    database,
    jobs: [verifyArtifactJob, artifactReadyJob, takeIncomingJob],
    onError: () => undefined,
  });
  const deps: TakeIncomingDeps = { database, store, repo, queue, logger: silentLogger, now };
  const loader = createArtifactLoader(store, 1024 * 1024);
  const ready: string[] = [];
  await queue.start();
  await queue.work(verifyArtifactJob, createVerifyArtifact({ ...deps, loader }), { concurrency: 2 });
  await queue.work(artifactReadyJob, ({ artifactId }) => Promise.resolve(void ready.push(artifactId)), {
    concurrency: 1,
  });
  return {
    deps,
    store,
    queue,
    /** Text of `release-manager.yaml`. */
    config,
    /** Ids that automation was told of. */
    ready,
    /** Takes objects in as they are announced, from here on. */
    work: () => queue.work(takeIncomingJob, createTakeIncoming(deps), { concurrency: 2 }),
    /** One run of the job, here and now. */
    take: (
      key: string,
      change: Partial<TakeIncomingDeps> = {},
      announced: { size?: number; attempt?: number } = {},
    ) => {
      const { attempt = 1, ...rest } = announced;
      const context: JobContext = { signal: new AbortController().signal, attempt };
      return createTakeIncoming({ ...deps, ...change })({ key, ...rest }, context);
    },
    find: (id: string): Promise<Artifact | undefined> => new ArtifactRecords(database.db).find(id),
    async keys(prefix: string): Promise<string[]> {
      const keys: string[] = [];
      for await (const { key } of store.list(prefix)) keys.push(key);
      return keys;
    },
    ledger: (service: string): Promise<string[]> =>
      database.db('ledger').where({ service }).orderBy('id').pluck<string[]>('kind'),
    problems: (subject: string): Promise<{ code: string; times: number; message: string }[]> =>
      database.db('incoming_problems').where({ subject }).orderBy('seq').select('code', 'times', 'message'),
    async close(): Promise<void> {
      await queue.stop({ graceSeconds: 2 });
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

export type IncomingRoom = Awaited<ReturnType<typeof openIncomingRoom>>;
