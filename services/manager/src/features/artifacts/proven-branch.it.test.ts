import type { Database } from '@release-manager/postgres';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ciToken, codeOf, openArtifactRoom, pack, type ArtifactRoom, type Packed } from './artifact-room.testing.ts';
import { ArtifactRecords, takeIn, type Artifact } from './index.ts';

let test: TestDatabase;
let database: Database;
let room: ArtifactRoom;

beforeAll(async () => {
  test = await testDatabase();
  ({ database } = test);
  room = await openArtifactRoom(database, { working: true });
});
afterAll(async () => {
  await room.close();
  await test.drop();
});

const found = ({ spec }: Packed): Promise<Artifact | undefined> => new ArtifactRecords(database.db).find(spec.id);

/** As it comes from the bucket of somebody who may not speak for the branch. */
async function claim(packed: Packed): Promise<void> {
  const { spec, size, sha256, zip } = packed;
  await takeIn(room.deps, { spec, size, sha256, zip, proven: false, actor: { kind: 'manager' } });
  await expect.poll(async () => (await found(packed))?.state).toBe('ready');
}

const check = { kind: 'scan', name: 'images', status: 'passed' } as const;

describe('a branch that was only claimed', () => {
  it('is proven by the same bytes of a token that counts for it; automation is told again', async () => {
    const packed = await pack({ service: 'claimed' });
    await claim(packed);
    expect((await found(packed))?.proven).toBe(false);
    const { artifact, upload } = await room.service.register(ciToken('claimed'), packed);
    expect([artifact.proven, artifact.state, upload]).toEqual([true, 'ready', undefined]);
    await expect.poll(() => room.ready.filter((id) => id === packed.spec.id)).toHaveLength(2);
  });

  it('A7 is not proven by other bytes under its id, which a short digest lets somebody forge', async () => {
    const packed = await pack({ service: 'forged' });
    await claim(packed);
    const other = await pack({ service: 'forged', spec: { checks: [check] } });
    expect(other.spec.id).toBe(packed.spec.id);
    expect(await codeOf(room.service.register(ciToken('forged'), other))).toBe('artifact.unproven');
    expect(await found(packed)).toMatchObject({ proven: false, zipSha256: packed.sha256 });
  });
});

describe('a branch that is proven', () => {
  it('A7 stays so, and takes no checks from somebody who only claims it', async () => {
    const packed = await pack({ service: 'proven' });
    await room.push(packed);
    await claim(await pack({ service: 'proven', spec: { checks: [check] } }));
    const artifact = await found(packed);
    expect(artifact).toMatchObject({ proven: true, zipSha256: packed.sha256 });
    expect(artifact?.spec.checks).toBeUndefined();
  });

  it('A7 does not pass on to other bytes that somebody puts in the place of an upload under way', async () => {
    const packed = await pack({ service: 'under-way' });
    await room.service.register(ciToken('under-way'), packed);
    await claim(await pack({ service: 'under-way', spec: { checks: [check] } }));
    expect((await found(packed))?.proven).toBe(false);
  });
});
