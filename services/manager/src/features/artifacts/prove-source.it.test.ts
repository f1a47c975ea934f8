import { AppError } from '@release-manager/domain';
import { createGithub } from '@release-manager/github';
import { startFakeGithub, testDatabase, type FakeGithub, type TestDatabase } from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import {
  ciToken,
  openArtifactRoom,
  pack,
  type ArtifactRoom,
  type PackInput,
  type Packed,
} from './artifact-room.testing.ts';
import {
  adoptStored,
  ArtifactRecords,
  createProveSource,
  forgetUnproven,
  markUnasked,
  takeIn,
  type Artifact,
} from './index.ts';

let test: TestDatabase;
let fake: FakeGithub;
let room: ArtifactRoom;
/** Replaces GitHub where a test says so. */
let silence: AppError | undefined;

/** Of a condition that comes by itself, however busy the machine. */
const patient = { timeout: 20_000 };

const on = 'a'.repeat(40);
const off = 'b'.repeat(40);

beforeAll(async () => {
  test = await testDatabase();
  fake = await startFakeGithub();
  const shop = fake.repository('shop/web');
  shop.commit(on);
  shop.commit(off, on);
  shop.branches.set('main', on);
  const auth = { kind: 'token', token: fake.token } as const;
  const github = createGithub({ auth, baseUrl: fake.url, userAgent: 'test', now: () => new Date(), retryUnitMs: 1 });
  const asked = {
    isReachable: (...input: Parameters<typeof github.isReachable>) =>
      silence === undefined ? github.isReachable(...input) : Promise.reject(silence),
  };
  room = await openArtifactRoom(test.database, { working: true, github: asked });
});
afterAll(async () => {
  await room.close();
  await fake.stop();
  await test.drop();
});
afterEach(() => {
  silence = undefined;
});

const built = (input: PackInput): Promise<Packed> =>
  pack({ sha: on, ...input, source: { repository: 'https://127.0.0.1/shop/web', ...input.source } });
const found = async ({ spec }: Packed): Promise<Artifact> => {
  const artifact = await new ArtifactRecords(test.database.db).find(spec.id);
  if (artifact === undefined) throw new Error(`${spec.id} is not there`);
  return artifact;
};
const proof = async (packed: Packed) => (await found(packed)).sourceProof;
const becomes = (packed: Packed, state: string) =>
  expect.poll(async () => (await proof(packed))?.state, patient).toBe(state);
const told = ({ spec }: Packed): number => room.ready.filter((id) => id === spec.id).length;
const kinds = async ({ spec }: Packed): Promise<string[]> => {
  const rows: { kind: string }[] = await test.database.db('ledger').where({ artifact_id: spec.id }).orderBy('id');
  return rows.map(({ kind }) => kind).filter((kind) => kind.includes('source') || kind.endsWith('proven'));
};

const jobStates = async ({ spec }: Packed): Promise<string[]> => {
  const { rows } = await test.database.db.raw<{ rows: { state: string }[] }>(
    "select state from pgboss.job where name = 'artifacts.prove-source' and data->>'artifactId' = ?",
    [spec.id],
  );
  return rows.map(({ state }) => state);
};

describe('the commit of an artifact', () => {
  it('that is on its branch is proven, with who said so and when; automation is told again', async () => {
    const packed = await built({ service: 'good' });
    await room.push(packed);
    await becomes(packed, 'proven');
    expect(await proof(packed)).toMatchObject({ by: 'github', answer: 'identical', tip: on });
    expect(await kinds(packed)).toEqual(['artifact.source-proven']);
    await expect.poll(() => told(packed), patient).toBeGreaterThan(0);
  });

  it('that is not on it is asked for again, and refuted for good', async () => {
    const packed = await built({ service: 'bad', sha: off });
    await room.push(packed);
    await becomes(packed, 'refuted');
    expect(await proof(packed)).toMatchObject({ answer: 'ahead', by: 'github' });
    expect((await proof(packed))?.next).toContain('push the commit');
    expect(await kinds(packed)).toEqual(['artifact.source-refuted']);
    const asks = fake.requests.filter(({ path }) => path.includes(`...${off}`));
    expect(asks).toHaveLength(2);
  });

  it('is asked for anew by another push of the same artifact: the way out of a branch that came late', async () => {
    const late = 'c'.repeat(40);
    const packed = await built({ service: 'late', sha: late });
    await room.push(packed);
    await becomes(packed, 'refuted');
    const shop = fake.repository('shop/web');
    shop.commit(late);
    shop.commit(on, late);
    shop.branches.set('main', on);
    await room.service.register(ciToken('late'), packed);
    await becomes(packed, 'proven');
    expect((await found(packed)).state).toBe('ready');
  });

  it('is refuted when it comes from another repository than the service is bound to now', async () => {
    const packed = await built({ service: 'moved' });
    silence = new AppError('limited', 'github.rate-limited', 'not now', { details: { retryAfterSeconds: 3600 } });
    await room.push(packed);
    await test.database.db('services').where({ name: 'moved' }).update({ repository: 'https://127.0.0.1/shop/other' });
    silence = undefined;
    await room.service.register(ciToken('moved'), packed).catch(() => undefined);
    await prove(packed);
    expect(await proof(packed)).toMatchObject({ state: 'refuted', answer: 'other-repository' });
  });
});

/** One run of the job, in this process and now. */
async function prove(packed: Packed, refusals = 9): Promise<void> {
  const auth = { kind: 'token', token: fake.token } as const;
  const github = createGithub({ auth, baseUrl: fake.url, userAgent: 'test', now: () => new Date(), retryUnitMs: 1 });
  const asked = silence === undefined ? github : { isReachable: () => Promise.reject(silence ?? new Error('silence')) };
  const run = createProveSource({ ...room.deps, github: asked });
  await run({ artifactId: packed.spec.id, refusals }, { signal: new AbortController().signal, attempt: 1 });
}

describe('a GitHub that does not answer', () => {
  it('leaves the artifact waiting, with the reason, and is asked again by the queue', async () => {
    silence = new AppError('unavailable', 'github.unavailable', 'GitHub answered 503');
    const packed = await built({ service: 'silent' });
    await room.push(packed);
    await expect.poll(async () => (await proof(packed))?.answer, patient).toBe('unanswered');
    expect((await proof(packed))?.says).toContain('GitHub answered 503');
    await expect.poll(() => jobStates(packed), patient).toContain('retry');
    await expect(prove(packed)).rejects.toThrow('503');
    silence = undefined;
    await prove(packed);
    expect(await proof(packed)).toMatchObject({ state: 'proven' });
  });

  it('is asked again when it says so, without an attempt of the job', async () => {
    silence = new AppError('limited', 'github.rate-limited', 'not now', { details: { retryAfterSeconds: 3600 } });
    const packed = await built({ service: 'limited' });
    await room.push(packed);
    await prove(packed);
    const { rows } = await test.database.db.raw<{ rows: { later: boolean }[] }>(
      "select start_after > now() + interval '50 minutes' as later from pgboss.job where data->>'artifactId' = ? and state = 'created'",
      [packed.spec.id],
    );
    expect(rows).toEqual([{ later: true }]);
    expect(await proof(packed)).toMatchObject({ state: 'waiting' });
  });
});

describe('A7 a branch that was only claimed', () => {
  const claim = async (packed: Packed): Promise<void> => {
    const { spec, size, sha256, zip } = packed;
    await takeIn(room.deps, { spec, size, sha256, zip, proven: false, actor: { kind: 'manager' } });
    await expect.poll(async () => (await found(packed)).state, patient).toBe('ready');
  };

  it('counts as proven when GitHub confirms it', async () => {
    const packed = await built({ service: 'claimed' });
    await claim(packed);
    await expect.poll(async () => (await found(packed)).proven, patient).toBe(true);
    expect(await kinds(packed)).toEqual(['artifact.source-proven', 'artifact.proven']);
  });

  it('stays a claim when GitHub does not', async () => {
    const packed = await built({ service: 'liar', sha: off });
    await claim(packed);
    await becomes(packed, 'refuted');
    expect((await found(packed)).proven).toBe(false);
  });
});

describe('GitHub configured after artifacts were there', () => {
  it('what is found in the store after the database was lost is asked for before it counts', async () => {
    const packed = await built({ service: 'lost' });
    await room.push(packed);
    await becomes(packed, 'proven');
    const { id } = packed.spec;
    await test.database.db('branch_heads').where({ artifact_id: id }).delete();
    await test.database.db('artifacts').where({ id }).delete();
    const stored = { key: `artifacts/lost/${id}.zip`, modifiedAt: new Date() };
    const options = { lostAt: new Date(), signal: new AbortController().signal };
    expect(await adoptStored({ ...room.deps, isProven: () => true }, stored, options)).toEqual({ kind: 'adopted' });
    expect(await proof(packed)).toMatchObject({ state: 'unasked' });
  });

  it('nothing counts as proven by silence; taken away again, nobody is asked', async () => {
    const packed = await built({ service: 'old' });
    await room.push(packed);
    await becomes(packed, 'proven');
    await test.database.db('artifacts').where({ id: packed.spec.id }).update({ source_proof: null });
    await markUnasked(test.database.db, new Date());
    expect(await proof(packed)).toMatchObject({ state: 'unasked' });
    await forgetUnproven(test.database.db);
    expect(await proof(packed)).toBeUndefined();
  });
});

it('every request fitted what GitHub publishes of its API', () => {
  expect(fake.misfits).toEqual([]);
});
