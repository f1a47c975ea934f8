import type { Database } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { createS3Store, createSqsQueue, type MessageQueue, type ReceivedMessage } from '@release-manager/storage';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { installTimeoutMs, whyNoMoto } from '../../../../../test/support/moto/build-moto.ts';
import { startMoto, type Moto } from '../../../../../test/support/moto/start-moto.ts';
import { openIncomingRoom, pack, type IncomingRoom } from '../../testing/incoming-room.ts';
import { receiveOnce, startIncomingPoll, type IncomingPollDeps } from './incoming-poll.ts';

const reason = await whyNoMoto();
const bucket = 'artifacts';
const prefix = 'team/rm';

describe.skipIf(reason !== undefined)(
  `a bucket that tells its queue${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let running: Moto | undefined;
    let moto: Moto;
    let test: TestDatabase;
    let database: Database;
    let room: IncomingRoom;
    let queueUrl = '';
    let messages: MessageQueue;
    let deps: IncomingPollDeps;

    beforeAll(async () => {
      moto = running = await startMoto();
      for (const [name, value] of Object.entries(moto.environment)) vi.stubEnv(name, value);
      await moto.createBucket(bucket);
      queueUrl = await moto.createQueue('incoming');
      await moto.notify(bucket, 'incoming', `${prefix}/incoming/`);
      test = await testDatabase();
      ({ database } = test);
      room = await openIncomingRoom(database, await createS3Store({ bucket, prefix }));
      messages = await createSqsQueue(queueUrl);
      const { queue } = room;
      deps = { messages, place: { bucket, prefix }, database, queue, logger: silentLogger, now: () => new Date() };
    }, installTimeoutMs);

    beforeEach(async () => {
      await database.db('incoming_problems').delete();
    });

    afterAll(async () => {
      await room.close();
      await test.drop();
      vi.unstubAllEnvs();
      await running?.[Symbol.asyncDispose]();
    });

    const receive = () => receiveOnce(deps, new AbortController().signal);
    const jobs = () =>
      database.db('pgboss.job').where({ name: 'incoming.take' }).orderBy('singleton_key').pluck('singleton_key');
    const problems = () => database.db('incoming_problems').orderBy('seq').select('code', 'times');

    it('says first that it will, which is nothing to do', async () => {
      expect(await moto.count(queueUrl)).toEqual({ waiting: 1, hidden: 0 });
      expect(await receive()).toBe('done');
      expect(await moto.count(queueUrl)).toEqual({ waiting: 0, hidden: 0 });
      expect([await jobs(), await problems()]).toEqual([[], []]);
    });

    it('W4 a message that comes again, late and beside another makes one job', async () => {
      const packed = await pack({ service: 'early' });
      const key = `incoming/early/${packed.spec.id}.zip`;
      const upload = () => moto.putObject(bucket, `${prefix}/${key}`, new Uint8Array(packed.zip));
      await upload();
      await upload();
      // Whoever dies before the removal has written it down, and it comes again.
      const forgotten: ReceivedMessage[] = [];
      const remove = (received: readonly ReceivedMessage[]): Promise<void> => {
        forgotten.push(...received);
        return Promise.reject(new Error('killed'));
      };
      const forgets: MessageQueue = { ...bound(messages), remove };
      expect(await receiveOnce({ ...deps, messages: forgets }, new AbortController().signal)).toBe('failed');
      expect(forgotten).toHaveLength(2);
      await upload();
      expect(await receive()).toBe('done');
      expect(await jobs()).toEqual([key]);
      expect(await problems()).toEqual([]);
      await messages.remove(forgotten);
    });

    it('W4 what is no event, or tells of no incoming object, is recorded, counted and removed', async () => {
      await moto.putObject(bucket, `${prefix}/incoming/web/a b+é.zip`, new Uint8Array(1));
      for (const body of ['hello', 'hello', '{"Records":[{}]}']) await moto.send(queueUrl, body);
      while ((await moto.count(queueUrl)).waiting > 0) expect(await receive()).toBe('done');
      expect(await problems()).toEqual(
        expect.arrayContaining([
          { code: 'incoming.not-json', times: 2 },
          { code: 'incoming.unknown-shape', times: 1 },
          { code: 'incoming.key', times: 1 },
        ]),
      );
      // Decoded from what the event calls it.
      expect(await database.db('incoming_problems').where({ code: 'incoming.key' }).pluck('subject')).toEqual([
        'incoming/web/a b+é.zip',
      ]);
    });

    it('W4 one message that cannot be written down holds back no other, and comes again', async () => {
      const body = (service: string) => {
        const object = { key: `${prefix}/incoming/${service}/main-0123456789-abcdef0123.zip` };
        return JSON.stringify({
          Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object } }],
        });
      };
      for (const service of ['one', 'broken', 'two']) await moto.send(queueUrl, body(service));
      const queue: IncomingPollDeps['queue'] = {
        enqueue: (tx, job, data, options) =>
          JSON.stringify(data).includes('broken')
            ? Promise.reject(new Error('killed'))
            : room.queue.enqueue(tx, job, data, options),
      };
      expect(await receiveOnce({ ...deps, queue }, new AbortController().signal)).toBe('failed');
      expect(await jobs()).toEqual(
        expect.arrayContaining([expect.stringContaining('/one/'), expect.stringContaining('/two/')]),
      );
      expect(await moto.count(queueUrl)).toEqual({ waiting: 0, hidden: 1 });
    });

    it('brings an upload in by itself, and stops at once when it is told to', async () => {
      const poll = startIncomingPoll(deps);
      await room.work();
      const packed = await pack({ service: 'web' });
      await moto.putObject(bucket, `${prefix}/incoming/web/${packed.spec.id}.zip`, new Uint8Array(packed.zip));
      await expect.poll(async () => (await room.find(packed.spec.id))?.state, { timeout: 15_000 }).toBe('ready');
      expect(await room.store.read(`artifacts/web/${packed.spec.id}.zip`, packed.size)).toEqual(packed.zip);
      await expect.poll(() => room.keys('incoming/web/main'), { timeout: 5_000 }).toEqual([]);
      const began = performance.now();
      await poll.stop();
      expect(performance.now() - began).toBeLessThan(5_000);
    });
  },
);

function bound(queue: MessageQueue): MessageQueue {
  return {
    description: queue.description,
    receive: (signal) => queue.receive(signal),
    remove: (received: readonly ReceivedMessage[]) => queue.remove(received),
    waiting: () => queue.waiting(),
  };
}
