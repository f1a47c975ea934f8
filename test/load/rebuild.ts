/**
 * An empty database on a config repo with a long history: how long until the loss is noticed and something can be written, and
 * until all of history is back.
 *
 * Usage: node test/load/rebuild.ts [services=1000] [releases=20000]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { commitMessage } from '@release-manager/config-repo';
import { newId } from '@release-manager/domain';
import { createMirror, noCredentials } from '@release-manager/git';
import { migrateUp } from '@release-manager/migrations';
import { openDatabase, startEmbeddedPostgres } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { createFolderStore } from '@release-manager/storage';
import { startGitServer } from '@release-manager/testing';

import { createConfigRepo } from '../../services/manager/src/features/config-repo/index.ts';
import { createRecoveryGuard, startRebuilder } from '../../services/manager/src/features/recovery/index.ts';
import { say, timed } from './support/figures.ts';
import { gitWithInput } from './support/git.ts';

const services = Number(process.argv[2] ?? 1000);
const releases = Number(process.argv[3] ?? 20_000);
const firstAt = 1_767_225_600;

const dataOf = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;

/** As the writer commits: one folder of one service at a time. */
function commitOf(index: number): string {
  const service = `service-${index % services}`;
  const seconds = firstAt + index * 10;
  const artifactId = `main-${String(index).padStart(10, '0')}-0123456789`;
  const releaseId = newId('rel', new Date(seconds * 1000));
  const releasedBy = { name: 'Load', email: 'load@example.com' };
  const facts = {
    environment: 'dev',
    service,
    artifactId,
    intent: 'branch',
    actorName: 'load',
    releaseId,
    releasedBy,
  } as const;
  const json = { releaseId, artifactId, intent: 'branch', actor: 'load', time: new Date(seconds * 1000).toISOString() };
  const folder = `dev/releases/shop/${service}`;
  return [
    `commit refs/heads/main\nauthor Load <load@example.com> ${seconds} +0000\ncommitter Load <load@example.com> ${seconds} +0000\n`,
    dataOf(commitMessage(facts)),
    ...(index === 0 ? [`M 100644 inline release-manager.yaml\n${dataOf('environments: [{ name: dev }]\n')}`] : []),
    `M 100644 inline ${folder}/release.json\n${dataOf(JSON.stringify(json))}`,
    `M 100644 inline ${folder}/config.yaml\n${dataOf(`apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${service} }\ndata: { run: "${index}" }\n`)}`,
  ].join('');
}

async function run(folder: string): Promise<void> {
  const server = await startGitServer();
  const bare = await server.create('config.git');
  await gitWithInput(
    bare,
    ['fast-import', '--quiet'],
    Array.from({ length: releases }, (_, index) => commitOf(index)).join(''),
  );
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  const database = openDatabase({ url: postgres.url, applicationName: 'load', poolSize: 8 });
  await migrateUp(database.db);
  const mirror = createMirror({
    folder: join(folder, 'mirror'),
    url: server.url('config.git'),
    branch: 'main',
    credentials: noCredentials,
  });
  const now = (): Date => new Date();
  const repo = createConfigRepo({ mirror, logger: silentLogger, now });
  const store = createFolderStore({
    folder: join(folder, 'store'),
    publicUrl: 'http://localhost',
    secret: Buffer.alloc(32),
  });
  const deps = { database, repo, store, logger: silentLogger, now, isProven: () => true };

  await repo.refresh();
  const tip = mirror.tip();
  if (tip === undefined) throw new Error('the repository is empty');
  const noticed = await timed(() => createRecoveryGuard(deps).settle(tip));
  say('an empty database: the loss is noticed, the writer may write', noticed.ms);
  const rebuilt = await timed(async () => {
    const back = Promise.withResolvers<void>();
    const listening = await database.listen(
      'ledger',
      () => void isBack().then((done) => (done ? back.resolve() : undefined)),
    );
    const isBack = async (): Promise<boolean> =>
      (await database.db('recovery').where({ state: 'held' }).first('id')) !== undefined;
    const rebuilder = startRebuilder(deps);
    await back.promise;
    await rebuilder.stop();
    await listening.close();
  });
  const rows = await database.db('releases').count<{ count: number }[]>('* as count');
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  say('history is back', rebuilt.ms, `${rows[0]?.count ?? 0} releases of ${services} services, ${memory} MB at most`);
  await database.close();
  await postgres.stop();
  await server.stop();
}

const folder = await mkdtemp(join(tmpdir(), 'rebuild-'));
await run(folder);
await rm(folder, { recursive: true, force: true, maxRetries: 10 });
