import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { startGitServer, testDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createCli, type Cli } from '../../services/manager/src/demo/processes/cli.ts';
import { startManagerProcess, type ManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { autoRelease, commitAsPerson, mainFile } from '../support/config-repo.ts';
import { makeArtifact, type MadeArtifact } from '../support/make-artifact.ts';
import { installTimeoutMs, whyNoMoto } from '../support/moto/build-moto.ts';
import { startMoto, type Moto } from '../support/moto/start-moto.ts';

const reason = await whyNoMoto();
const bucket = 'artifacts';
const adminToken = 'a-token-for-tests-only-0123456789';

describe.skipIf(reason !== undefined)(
  `uploads straight to the bucket${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    const stops: (() => Promise<unknown>)[] = [];
    let moto: Moto;
    let folder = '';
    let settings: Record<string, string> = {};
    let running: ManagerProcess;
    let cli: Cli;
    let database: Awaited<ReturnType<typeof testDatabase>>;
    let git: (...args: string[]) => Promise<string>;

    const start = async (): Promise<void> => {
      running = startManagerProcess({ home: folder, logFile: join(folder, 'manager.log'), settings });
      const { url } = await running.ready;
      cli = createCli({ home: folder, url, token: adminToken });
    };

    beforeAll(async () => {
      moto = await startMoto();
      stops.push(async () => moto[Symbol.asyncDispose]());
      await moto.createBucket(bucket);
      const queueUrl = await moto.createQueue('incoming');
      await moto.notify(bucket, 'incoming', 'rm/incoming/');
      folder = await mkdtemp(join(tmpdir(), 'incoming-'));
      stops.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
      const server = await startGitServer();
      stops.push(() => server.stop());
      await server.create('config');
      git = (...args) => server.git('config', ...args);
      await commitAsPerson(server.url('config'), {
        'release-manager.yaml': `${mainFile}trustIncoming: [trusted]\n`,
        'policies/trusted.yaml': autoRelease('trusted'),
        'policies/claimed.yaml': autoRelease('claimed'),
      });
      database = await testDatabase();
      stops.push(() => database.drop());
      settings = {
        ...moto.environment,
        DATA_DIR: join(folder, 'data'),
        DATABASE_URL: database.url,
        CONFIG_REPO_URL: server.url('config'),
        CONFIG_REPO_POLL_SECONDS: '0.2',
        ADMIN_TOKEN: adminToken,
        ARTIFACT_STORE: `s3://${bucket}/rm`,
        ARTIFACT_QUEUE_URL: queueUrl,
      };
      await start();
      stops.push(() => running.end('SIGTERM'));
    }, installTimeoutMs);

    afterAll(async () => {
      for (const stop of stops.toReversed()) await stop();
    });

    const put = ({ spec, zip }: MadeArtifact): Promise<void> =>
      moto.putObject(bucket, `rm/incoming/${spec.service}/${spec.id}.zip`, zip);
    const states = async (service: string): Promise<string[]> =>
      database.database.db('artifacts').where({ service }).pluck<string[]>('state');
    const until = async (isSo: () => Promise<boolean>, seconds: number): Promise<void> => {
      const deadline = Date.now() + seconds * 1_000;
      while (!(await isSo())) {
        if (Date.now() > deadline) throw new Error('it did not become so in time');
        await wait(100);
      }
    };

    it('are released by automation where their service is trusted, and only there', async () => {
      const claimed = await makeArtifact({ service: 'claimed', branch: 'main', run: 1 });
      const trusted = await makeArtifact({ service: 'trusted', branch: 'main', run: 1 });
      await put(claimed);
      await put(trusted);
      await until(async () => (await git('log', '--format=%s', 'main')).includes(trusted.spec.id), 30);
      await until(async () => (await states('claimed')).join() === 'ready', 30);
      // Automation has been told of both by now, or is at once: it is one queue.
      const ready = () =>
        database.database.db('pgboss.job').where({ name: 'artifacts.ready' }).whereNot({ state: 'completed' });
      await until(async () => (await ready()).length === 0, 30);
      expect(await git('log', '--format=%s', 'main')).not.toContain(claimed.spec.id);
      const { stdout } = await cli(['artifact', 'show', claimed.spec.id, '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ state: 'ready', proven: false });
      const doctor = await cli(['doctor', '--json']);
      expect(doctor.stdout).toContain('messages wait');
    });

    it('are all taken in once, however often the manager is killed meanwhile', async () => {
      const artifacts = await Promise.all(
        Array.from({ length: 12 }, (_, index) => makeArtifact({ service: 'drilled', branch: 'main', run: index + 1 })),
      );
      for (const [index, artifact] of artifacts.entries()) {
        await put(artifact);
        if (index % 5 !== 4) continue;
        await running.end('SIGKILL');
        await start();
      }
      await until(async () => (await states('drilled')).filter((state) => state === 'ready').length === 12, 100);
      // Whoever is killed between keeping the bytes and saying so goes on after the start: nothing was forgotten, and automation
      // hears of each build.
      const told = (kind: string): Promise<string[]> =>
        database.database.db('ledger').where({ service: 'drilled', kind }).pluck<string[]>('artifact_id');
      expect((await told('artifact.ready')).toSorted()).toEqual(artifacts.map(({ spec }) => spec.id).toSorted());
      expect(await told('artifact.rebuilt')).toEqual([]);
      expect(await database.database.db('recovery').first('state')).toEqual({ state: 'whole' });
      await until(async () => (await moto.listKeys(bucket, 'rm/incoming/')).length === 0, 30);
      expect(await moto.listKeys(bucket, 'rm/artifacts/drilled/')).toHaveLength(12);
      expect(await database.database.db('incoming_problems').whereNot({ code: 'incoming.gone' }).pluck('code')).toEqual(
        [],
      );
    });
  },
);
