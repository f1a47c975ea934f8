import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { ArtifactStore } from '@release-manager/storage';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { configMap, openIncomingRoom, pack, type IncomingRoom, type Packed } from '../../testing/incoming-room.ts';

let test: TestDatabase;
let database: Database;
let room: IncomingRoom;

beforeAll(async () => {
  test = await testDatabase();
  ({ database } = test);
  room = await openIncomingRoom(database);
});
afterAll(async () => {
  await room.close();
  await test.drop();
});

/** Puts the zip where an uploader would. @returns the key */
async function put({ spec, zip }: Packed, service = spec.service): Promise<string> {
  const key = `incoming/${service}/${spec.id}.zip`;
  await room.store.write(key, zip);
  return key;
}

const stateOf = (id: string) => expect.poll(async () => (await room.find(id))?.state, { timeout: 10_000 });
const failsOn = (method: keyof ArtifactStore): Partial<{ store: ArtifactStore }> => ({
  store: new Proxy(room.store, {
    get: (target, name) =>
      name === method
        ? () => Promise.reject(new Error('the process was killed'))
        : (Reflect.get(target, name) as () => void).bind(target),
  }),
});

describe('an object in the bucket', () => {
  it('goes the way of an upload: registers its service, is verified, and its bytes are kept', async () => {
    const packed = await pack({ service: 'web' });
    const key = await put(packed);
    await room.take(key);
    await stateOf(packed.spec.id).toBe('ready');
    expect(await room.find(packed.spec.id)).toMatchObject({
      service: 'web',
      proven: false,
      registeredBy: { kind: 'manager' },
      zipSha256: packed.sha256,
    });
    expect(await room.store.read(`artifacts/web/${packed.spec.id}.zip`, packed.size)).toEqual(packed.zip);
    expect(await room.keys('incoming/web/')).toEqual([]);
    expect((await room.ledger('web')).toSorted()).toEqual(
      ['service.registered', 'artifact.registered', 'artifact.uploaded', 'incoming.taken', 'artifact.ready'].toSorted(),
    );
  });

  it('is told of twice, or late: that changes nothing', async () => {
    const packed = await pack({ service: 'again' });
    const key = await put(packed);
    await Promise.all([room.take(key), room.take(key)]);
    await stateOf(packed.spec.id).toBe('ready');
    await room.take(key);
    await put(packed);
    await room.take(key);
    expect(await room.keys('incoming/again/')).toEqual([]);
    expect((await room.ledger('again')).filter((kind) => kind === 'artifact.ready')).toHaveLength(1);
    expect(await room.problems(key)).toEqual([]);
    await expect.poll(() => room.ready.filter((id) => id === packed.spec.id)).toHaveLength(1);
  });

  it('A7 proves no branch, unless its service is listed under trustIncoming', async () => {
    const packed = await pack({ service: 'trusted' });
    await room.take(await put(packed));
    expect((await room.find(packed.spec.id))?.proven).toBe(true);
  });

  it('is proven later by the same bytes, once its service is trusted; automation is told again', async () => {
    const packed = await pack({ service: 'later' });
    await room.take(await put(packed));
    await stateOf(packed.spec.id).toBe('ready');
    const { text } = room.config;
    room.config.text = text.replace('[trusted]', '[trusted, later]');
    await room.take(await put(packed));
    room.config.text = text;
    expect((await room.find(packed.spec.id))?.proven).toBe(true);
    await expect.poll(() => room.ready.filter((id) => id === packed.spec.id)).toHaveLength(2);
    expect(await room.ledger('later')).toContain('artifact.proven');
  });

  it('waits in the bucket while nobody knows whom to trust', async () => {
    const packed = await pack({ service: 'waiting' });
    const key = await put(packed);
    const { text } = room.config;
    room.config.text = '{ broken';
    const refusal = await room.take(key).catch((error: unknown) => error);
    room.config.text = text;
    expect(refusal).toMatchObject({ kind: 'unavailable', code: 'incoming.trust-unknown' });
    expect(await room.keys('incoming/waiting/')).toEqual([key]);
    await room.take(key);
    await stateOf(packed.spec.id).toBe('ready');
  });
});

describe('refused', () => {
  it('A7 is what lies under the prefix of another service', async () => {
    const packed = await pack({ service: 'victim' });
    const key = await put(packed, 'attacker');
    await room.take(key);
    expect(await room.find(packed.spec.id)).toBeUndefined();
    expect(await room.problems(key)).toMatchObject([{ code: 'incoming.id-mismatch', times: 1 }]);
    expect(await room.ledger('attacker')).toEqual(['incoming.refused']);
    expect(await room.keys('incoming/attacker/')).toEqual([]);
  });

  it('A7 is an artifact.json that speaks of another artifact than its key', async () => {
    const { spec } = await pack({ service: 'mixed' });
    const other = await pack({ service: 'mixed', branch: 'feature' });
    const key = `incoming/mixed/${spec.id}.zip`;
    await room.store.write(key, other.zip);
    await room.take(key);
    expect(await room.problems(key)).toMatchObject([{ code: 'incoming.id-mismatch' }]);
  });

  it.each([
    ['no zip', Buffer.from('hello'), /^archive\./],
    ['nothing', Buffer.alloc(0), /^archive\./],
  ])('A2 is %s', async (_, zip, code) => {
    const key = `incoming/junk/main-0123456789-${String(zip.length).padStart(10, '0')}.zip`;
    await room.store.write(key, zip);
    await room.take(key);
    expect(await room.problems(key)).toMatchObject([{ code: expect.stringMatching(code) as string }]);
    expect(await room.keys('incoming/junk/')).toEqual([]);
  });

  it('is an archive without artifact.json, or with one that says nothing', async () => {
    const { spec, zip } = await pack({ service: 'bare', tamper: (files) => files.slice(1) });
    const key = `incoming/bare/${spec.id}.zip`;
    await room.store.write(key, zip);
    await room.take(key);
    const broken = await pack({
      service: 'bare',
      tamper: ([, ...files]) => [{ path: 'artifact.json', content: Buffer.from('{"rule":"x"}') }, ...files],
    });
    await room.store.write(key, broken.zip);
    await room.take(key);
    expect((await room.problems(key)).map(({ code }) => code)).toEqual(['artifact.no-spec', 'artifact.spec']);
  });

  it('is what contradicts the binding of the service', async () => {
    const first = await pack({ service: 'bound' });
    await room.take(await put(first));
    await stateOf(first.spec.id).toBe('ready');
    const moved = await pack({ service: 'bound', branch: 'evil', spec: { namespaces: { default: 'kube-system' } } });
    const key = await put(moved);
    await room.take(key);
    expect(await room.problems(key)).toMatchObject([{ code: 'service.namespace-bound' }]);
    expect(await room.find(moved.spec.id)).toBeUndefined();
  });

  it('is a service whose name the layout needs', async () => {
    const packed = await pack({ service: 'kustomization' });
    const key = await put(packed);
    await room.take(key);
    expect(await room.problems(key)).toMatchObject([{ code: 'name.service' }]);
  });

  it('is rejected like an upload when its manifests are bad, and shown as an artifact', async () => {
    const packed = await pack({ service: 'bad', files: { 'dev/a.yaml': configMap('x', 'y').replace('v1', 'v1 }') } });
    await room.take(await put(packed));
    await stateOf(packed.spec.id).toBe('rejected');
    expect(await room.keys('artifacts/bad/')).toEqual([]);
  });
});

describe('between the message and the look', () => {
  it('A7 W4 somebody took it away: recorded once, however often it is told of', async () => {
    const key = 'incoming/gone/main-0123456789-abcdef0123.zip';
    await room.take(key);
    await room.take(key);
    expect(await room.problems(key)).toMatchObject([{ code: 'incoming.gone', times: 2 }]);
    expect(await room.ledger('gone')).toEqual(['incoming.gone']);
  });

  it('A7 somebody put another one there: what is there now counts, and the ledger says so', async () => {
    const packed = await pack({ service: 'swapped' });
    await room.take(await put(packed), {}, { size: 7 });
    await stateOf(packed.spec.id).toBe('ready');
    const causes = await database.db('ledger').where({ kind: 'incoming.taken', service: 'swapped' }).pluck('cause');
    expect(causes).toEqual([expect.stringContaining('replaced after it was announced')]);
  });

  it('A7 somebody puts another one there while it is read: only the bytes that were checked are kept', async () => {
    const packed = await pack({ service: 'raced' });
    const evil = await pack({
      service: 'raced',
      spec: { id: packed.spec.id, checks: [{ kind: 'scan', name: 'x', status: 'passed' }] },
    });
    const key = await put(packed);
    const replacing = new Proxy(room.store, {
      get: (target, name) =>
        name === 'write'
          ? async (to: string, content: Buffer) => {
              await target.write(to, content);
              if (!to.startsWith('uploads/')) return;
              await target.remove(key);
              await target.write(key, evil.zip);
            }
          : (Reflect.get(target, name) as () => void).bind(target),
    });
    await room.take(key, { store: replacing });
    await stateOf(packed.spec.id).toBe('ready');
    expect(await room.store.read(`artifacts/raced/${packed.spec.id}.zip`, 100_000)).toEqual(packed.zip);
    // The other one stays where it is, and is looked at as well.
    expect(await room.keys('incoming/raced/')).toEqual([key]);
    const jobs = await database.db('pgboss.job').where({ name: 'incoming.take', singleton_key: key }).pluck('data');
    expect(jobs).toEqual([{ key }]);
  });
});

describe('a process that dies', () => {
  it.each(['write', 'head', 'remove'] as const)(
    'at the store’s %s leaves what the next one finishes',
    async (method) => {
      const packed = await pack({ service: `dies-at-${method}` });
      const key = await put(packed);
      await expect(room.take(key, failsOn(method))).rejects.toThrow('killed');
      expect(await room.keys(`incoming/${packed.spec.service}/`)).toEqual([key]);
      await room.take(key);
      await stateOf(packed.spec.id).toBe('ready');
      expect(await room.keys(`incoming/${packed.spec.service}/`)).toEqual([]);
      expect((await room.ledger(packed.spec.service)).filter((kind) => kind === 'artifact.registered')).toHaveLength(1);
    },
  );

  it('before the verification is enqueued leaves what the next one finishes', async () => {
    const packed = await pack({ service: 'dies-at-enqueue' });
    const key = await put(packed);
    const queue = { enqueue: () => Promise.reject(new Error('the process was killed')) };
    await expect(room.take(key, { queue })).rejects.toThrow('killed');
    expect((await room.find(packed.spec.id))?.state).toBe('pending');
    await room.take(key);
    await stateOf(packed.spec.id).toBe('ready');
  });

  it('again and again over one object leaves a problem that can be seen, and the object', async () => {
    const packed = await pack({ service: 'breaks' });
    const key = await put(packed);
    await expect(room.take(key, failsOn('write'), { attempt: 10 })).rejects.toThrow('killed');
    expect(await room.problems(key)).toMatchObject([{ code: 'incoming.failed' }]);
    expect(await room.keys('incoming/breaks/')).toEqual([key]);
    const away = new AppError('unavailable', 'storage.unavailable', 'the store is away');
    const store = new Proxy(room.store, { get: () => () => Promise.reject(away) });
    await expect(room.take('incoming/breaks/main-0123456789-0000000000.zip', { store }, { attempt: 10 })).rejects.toBe(
      away,
    );
  });
});
