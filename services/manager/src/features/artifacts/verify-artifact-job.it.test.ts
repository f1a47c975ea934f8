import { jsonb, type Database } from '@release-manager/postgres';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ciToken, codeOf, configMap, openArtifactRoom, pack, type ArtifactRoom } from './artifact-room.testing.ts';
import { ArtifactRecords, artifactReadyJob, verifyArtifactJob } from './index.ts';
import { sweepUploads } from './sweep-uploads.ts';

let test: TestDatabase;
let database: Database;
let room: ArtifactRoom;
let records: ArtifactRecords;

beforeAll(async () => {
  test = await testDatabase();
  ({ database } = test);
  records = new ArtifactRecords(database.db);
  // Nobody works the queue: every step of the job is taken by the test.
  room = await openArtifactRoom(database, { working: false });
});
afterAll(async () => {
  await room.close();
  await test.drop();
});

async function stateOf(id: string): Promise<string | undefined> {
  return (await records.find(id))?.state;
}

async function jobs(name: string, id: string): Promise<number> {
  const found = await database
    .db('pgboss.job')
    .where({ name, state: 'created' })
    .whereRaw("data->>'artifactId' = ?", [id])
    .pluck<string[]>('id');
  return found.length;
}

/** Connections that listen to the ledger: one for all who wait, none for nobody. */
async function listeners(): Promise<number> {
  const found = await database
    .db('pg_stat_activity')
    .whereRaw("datname = current_database() and query ilike 'listen%ledger%'")
    .pluck<number[]>('pid');
  return found.length;
}

const diesBeforeTheCommit = {
  enqueue: () => Promise.reject(new Error('the process was killed')),
};

describe('a worker that dies', () => {
  it('between the store and the database leaves nothing that counts, and the next run finishes', async () => {
    const packed = await pack({ service: 'crashing' });
    const { id } = await room.begin(packed);
    await expect(room.verify(id, { queue: diesBeforeTheCommit })).rejects.toThrow('killed');
    expect(await room.objects('artifacts/crashing/')).toEqual([`artifacts/crashing/${id}.zip`]);
    expect(await stateOf(id)).toBe('uploaded');
    expect(await records.head('crashing', 'main')).toBeUndefined();
    expect(await jobs(artifactReadyJob.name, id)).toBe(0);
    await room.verify(id);
    expect(await stateOf(id)).toBe('ready');
    expect(await jobs(artifactReadyJob.name, id)).toBe(1);
  });

  it('after the commit is repeated without a second event', async () => {
    const { id } = await room.begin(await pack({ service: 'repeated' }));
    await room.verify(id);
    await Promise.all([room.verify(id), room.verify(id)]);
    const events = await database.db('ledger').where({ artifact_id: id, kind: 'artifact.ready' }).pluck('id');
    expect(events).toHaveLength(1);
    expect(await jobs(artifactReadyJob.name, id)).toBe(1);
  });

  it('twice at once on one upload agrees on one verdict', async () => {
    const { id } = await room.begin(await pack({ service: 'doubled' }));
    await Promise.all([room.verify(id), room.verify(id), room.verify(id)]);
    expect(await stateOf(id)).toBe('ready');
    const events = await database.db('ledger').where({ artifact_id: id, kind: 'artifact.ready' }).pluck('id');
    expect(events).toHaveLength(1);
  });

  it('again and again by an error of ours ends in a verdict that says so', async () => {
    const { id } = await room.begin(await pack({ service: 'unlucky' }));
    const repo = {
      snapshot: () => {
        throw new TypeError('a defect');
      },
    };
    await expect(room.verify(id, { repo })).rejects.toThrow('a defect');
    expect(await stateOf(id)).toBe('uploaded');
    await room.verify(id, { repo }, verifyArtifactJob.attempts);
    expect((await records.find(id))?.problems).toMatchObject([{ rule: 'artifact.verification-failed' }]);
  });
});

describe('what changes while an artifact is verified', () => {
  it('does not let a verdict count for an upload that was registered anew with other bytes', async () => {
    const packed = await pack({ service: 'replaced' });
    const { id } = await room.begin(packed);
    const other = await pack({
      service: 'replaced',
      spec: { checks: [{ kind: 'test', name: 'unit', status: 'passed' }] },
    });
    expect(other.spec.id).toBe(id);
    const store = {
      ...storeMethods(),
      read: async (key: string, limit: number) => {
        const zip = await room.store.read(key, limit);
        await room.service.register(ciToken('replaced'), other);
        return zip;
      },
    };
    await room.verify(id, { store });
    expect(await stateOf(id)).toBe('pending');
    await room.begin(other);
    await room.verify(id);
    expect(await records.find(id)).toMatchObject({ state: 'ready', spec: { checks: [{ name: 'unit' }] } });
    expect([...(await room.verifyDeps.loader.load(await found(id))).keys()]).toEqual(['dev', 'prod']);
  });

  it('judges again when the namespaces of the service changed meanwhile', async () => {
    const { id } = await room.begin(await pack({ service: 'moved' }));
    const store = {
      ...storeMethods(),
      write: async (key: string, content: Buffer) => {
        await room.store.write(key, content);
        await database
          .db('services')
          .where({ name: 'moved' })
          .update({ namespaces: jsonb({ default: 'elsewhere' }) });
      },
    };
    expect(await codeOf(room.verify(id, { store }))).toBe('artifact.service-changed');
    await room.verify(id);
    expect((await records.find(id))?.environments['dev']?.objects).toMatchObject([{ namespace: 'elsewhere' }]);
  });

  it('says that the upload is gone instead of trying for ever', async () => {
    const { id, uploadKey = '' } = await room.begin(await pack({ service: 'vanished' }));
    await room.store.remove(uploadKey);
    await room.verify(id);
    expect(await records.find(id)).toMatchObject({ state: 'rejected', problems: [{ rule: 'artifact.upload' }] });
  });
});

describe('waiting for the verdict', () => {
  it('wakes everybody when it falls', async () => {
    const { id } = await room.begin(await pack({ service: 'awaited' }));
    const { signal } = new AbortController();
    const waiting = [1, 2, 3].map(() => room.service.show(id, { seconds: 25, signal }));
    // The first look is made on joining, the next one when the listener is there: neither may be what wakes.
    await expect.poll(listeners).toBe(1);
    await room.verify(id);
    const started = performance.now();
    expect((await Promise.all(waiting)).map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
    // The backstop alone would take 2 s.
    expect(performance.now() - started).toBeLessThan(1_500);
    await expect.poll(listeners).toBe(0);
  });

  it('ends when the caller hangs up, and when the time is over, with what is so then', async () => {
    const { id } = await room.begin(await pack({ service: 'impatient' }));
    const caller = new AbortController();
    const waiting = room.service.show(id, { seconds: 25, signal: caller.signal });
    caller.abort();
    expect((await waiting).state).toBe('uploaded');
    expect((await room.service.show(id, { seconds: 25, signal: caller.signal })).state).toBe('uploaded');
    const patient = new AbortController();
    expect((await room.service.show(id, { seconds: 0.05, signal: patient.signal })).state).toBe('uploaded');
  });
});

describe('the sweep', () => {
  const day = 24 * 60 * 60 * 1000;

  it('removes what was registered and never uploaded, and leaves what may still come', async () => {
    const dead = await pack({ service: 'dead' });
    await room.service.register(ciToken('dead'), dead);
    const alive = await pack({ service: 'alive' });
    await room.service.register(ciToken('alive'), alive);
    await database
      .db('artifacts')
      .where({ id: dead.spec.id })
      .update({ updated_at: new Date(Date.now() - day - 1) });
    expect(await sweepUploads(room.deps)).toMatchObject({ abandoned: 1 });
    expect(await stateOf(dead.spec.id)).toBeUndefined();
    expect(await stateOf(alive.spec.id)).toBe('pending');
    const kinds = await database
      .db('ledger')
      .where({ artifact_id: dead.spec.id })
      .orderBy('id')
      .pluck<string[]>('kind');
    expect(kinds).toEqual(['artifact.registered', 'artifact.abandoned']);
  });

  it('has an upload verified whose job was lost, once', async () => {
    const { id } = await room.begin(await pack({ service: 'lost' }));
    await database.db('pgboss.job').where({ name: verifyArtifactJob.name }).delete();
    await sweepUploads(room.deps);
    expect(await jobs(verifyArtifactJob.name, id)).toBe(0);
    room.clock.offsetMs = 11 * 60 * 1000;
    await sweepUploads(room.deps);
    await sweepUploads(room.deps);
    room.clock.offsetMs = 0;
    expect(await jobs(verifyArtifactJob.name, id)).toBe(1);
  });

  it('removes orphans under uploads/ after a day, and never what is still to be verified', async () => {
    await room.store.write('uploads/lost/orphan.zip', Buffer.from('x'));
    const { uploadKey } = await room.begin(await pack({ service: 'late' }));
    await sweepUploads(room.deps);
    expect(await room.objects('uploads/lost/')).toContain('uploads/lost/orphan.zip');
    room.clock.offsetMs = day + 60_000;
    await sweepUploads(room.deps);
    room.clock.offsetMs = 0;
    expect(await room.objects('uploads/lost/')).not.toContain('uploads/lost/orphan.zip');
    expect(await room.objects('uploads/late/')).toEqual([uploadKey]);
  });
});

describe('a large artifact', () => {
  it('is verified while other work goes on', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => {
        const data = Array.from({ length: 100 }, (_line, line) => `  key-${line}: "${'x'.repeat(40)}"\n`).join('');
        return [`dev/config-${index}.yaml`, `${configMap(`large-${index}`)}${data}`];
      }),
    );
    const { id } = await room.begin(await pack({ service: 'large', files }));
    let longest = 0;
    let last = performance.now();
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await room.verify(id);
    clearInterval(beat);
    expect(await records.find(id)).toMatchObject({ state: 'ready', environments: { dev: { files: 300 } } });
    expect(longest).toBeLessThan(4_000);
  });
});

async function found(id: string) {
  const artifact = await records.find(id);
  if (artifact === undefined) throw new Error(`there is no ${id}`);
  return artifact;
}

/** The store, for a test that steps into one of its methods. */
function storeMethods() {
  const { store } = room;
  return {
    description: store.description,
    presignUpload: store.presignUpload.bind(store),
    head: store.head.bind(store),
    read: store.read.bind(store),
    copy: store.copy.bind(store),
    write: store.write.bind(store),
    remove: store.remove.bind(store),
    list: store.list.bind(store),
    check: store.check.bind(store),
  };
}
