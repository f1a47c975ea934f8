import { jsonb } from '@release-manager/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ada, openReleaseRoom } from '../../testing/release-room.ts';
import type { Artifact, SourceProof } from '../artifacts/index.ts';
import { automate, ReleaseService, settleSource, type Release } from './index.ts';
import { ReleaseStore } from './release-store.ts';

const mainFile = `environments:
  - { name: dev }
  - { name: prod, protected: true }
policies:
  - { kind: auto-release, branch: main, environment: dev }
  - { kind: auto-release, branch: main, environment: prod }
`;

let room: Awaited<ReturnType<typeof openReleaseRoom>>;
beforeAll(async () => {
  room = await openReleaseRoom({ mainFile });
});
afterAll(() => room.close());

const at = '2026-05-04T10:00:00Z';
const deps = () => ({ database: room.database, now: () => new Date() });
const snapshot = () => room.repo.snapshot();

/** As the artifact would be read now. */
async function says(artifact: Artifact, state: SourceProof['state']): Promise<Artifact> {
  const sourceProof: SourceProof = { state, at, by: 'github', says: `GitHub says ${state}` };
  await room.database
    .db('artifacts')
    .where({ id: artifact.id })
    .update({ source_proof: jsonb(sourceProof) });
  return { ...artifact, sourceProof };
}
const ready = (artifact: Artifact) => automate(deps(), artifact, snapshot());
const settle = (artifact?: Artifact) => settleSource(deps(), snapshot(), artifact?.id);
const inProd = async (service: string): Promise<readonly Release[]> =>
  (await new ReleaseStore(room.database.db).list({ service, environment: 'prod' }, 10)).toReversed();
const states = async (service: string) => (await inProd(service)).map(({ state }) => state);

describe('automation into a protected environment', () => {
  it('waits until the commit is proven, and goes out then, once; what is not protected does not wait', async () => {
    const artifact = await says(await room.artifact({ service: 'web', text: 'a' }), 'waiting');
    await ready(artifact);
    expect(await states('web')).toEqual(['waiting']);
    const [dev] = await new ReleaseStore(room.database.db).list({ service: 'web', environment: 'dev' }, 10);
    expect(dev?.state).toBe('queued');
    expect((await inProd('web'))[0]?.decision?.opinions).toContainEqual(
      expect.objectContaining({
        rule: 'sha-reachable',
        verdict: 'waits',
        source: { file: 'release-manager.yaml', line: 3 },
      }),
    );
    expect(await settle(artifact)).toEqual([]);
    const proven = await says(artifact, 'proven');
    await Promise.all([ready(proven), settle(proven), settle(), settle(proven)]);
    expect(await states('web')).toEqual(['queued']);
    await settle(proven);
    await ready(proven);
    expect(await states('web')).toEqual(['queued']);
  });

  it('ends denied when GitHub says no, with the reason', async () => {
    const artifact = await says(await room.artifact({ service: 'lie', text: 'a' }), 'waiting');
    await ready(artifact);
    await says(artifact, 'refuted');
    await settle(artifact);
    const [release] = await inProd('lie');
    expect(release?.state).toBe('denied');
    const entries: { cause: string }[] = await room.database
      .db('ledger')
      .where({ release_id: release?.id })
      .orderBy('id');
    expect(entries.at(-1)?.cause).toContain('GitHub says refuted');
  });

  it('goes out after all, once, when GitHub says yes to another push of the same build', async () => {
    const artifact = await says(await room.artifact({ service: 'again', text: 'a' }), 'waiting');
    await ready(artifact);
    await says(artifact, 'refuted');
    await settle(artifact);
    await ready(await says(artifact, 'refuted'));
    expect(await states('again')).toEqual(['denied']);
    const proven = await says(artifact, 'proven');
    await ready(proven);
    await ready(proven);
    expect(await states('again')).toEqual(['denied', 'queued']);
  });

  it('what is refuted takes nobody’s place', async () => {
    const good = await says(await room.artifact({ service: 'order', text: 'good', run: 1 }), 'waiting');
    const bad = await says(await room.artifact({ service: 'order', text: 'bad', run: 2 }), 'waiting');
    await ready(good);
    await ready(bad);
    expect(await states('order')).toEqual(['waiting', 'waiting']);
    await says(bad, 'refuted');
    await says(good, 'proven');
    await settle();
    expect(await states('order')).toEqual(['queued', 'denied']);
  });

  it('a newer one that is proven first takes the place of an older one, whose proof comes too late', async () => {
    const older = await says(await room.artifact({ service: 'late', text: 'a', run: 1 }), 'waiting');
    const newer = await says(await room.artifact({ service: 'late', text: 'b', run: 2 }), 'waiting');
    await ready(older);
    await ready(newer);
    await says(newer, 'proven');
    await settle(newer);
    await says(older, 'proven');
    await settle(older);
    expect(await states('late')).toEqual(['superseded', 'queued']);
  });

  it('a proof that comes between two releases of the same artifact leaves nothing waiting', async () => {
    const artifact = await says(await room.artifact({ service: 'race', text: 'a' }), 'waiting');
    const proven = await says(artifact, 'proven');
    // The first run of the job still holds what it read before.
    await Promise.all([ready(artifact), ready(proven)]);
    await settle(proven);
    expect(await states('race')).toEqual(['queued']);
  });
});

describe('a person', () => {
  it.each(['waiting', 'unasked', 'refuted'] as const)(
    'is denied what is %s, with rule, line and the way out',
    async (state) => {
      const artifact = await says(await room.artifact({ service: `by-hand-${state}`, text: 'a' }), state);
      const request = { service: artifact.service, environments: ['prod'], what: { artifact: artifact.id } };
      const { outcomes } = await room.service.request(ada, request);
      expect(outcomes[0]).toMatchObject({ outcome: 'denied' });
      const denial = outcomes[0]?.release?.decision?.opinions.find(({ verdict }) => verdict === 'denies');
      expect(denial).toMatchObject({ rule: 'sha-reachable', source: { file: 'release-manager.yaml', line: 3 } });
      expect(denial?.next).toBeDefined();
    },
  );

  it('has asked of what nobody asked about', async () => {
    const artifact = await says(await room.artifact({ service: 'asks', text: 'a' }), 'unasked');
    const asked: unknown[] = [];
    const queue = { enqueue: (...[, , data]: unknown[]) => Promise.resolve(void asked.push(data)) };
    const service = new ReleaseService({ ...room.deps, queue });
    await service.request(ada, { service: 'asks', environments: ['dev'], what: { artifact: artifact.id } });
    expect(asked).toEqual([]);
    await service.request(ada, { service: 'asks', environments: ['prod'], what: { artifact: artifact.id } });
    expect(asked).toEqual([{ artifactId: artifact.id, refusals: 0 }]);
    const [row] = await room.database.db('artifacts').where({ id: artifact.id }).pluck<SourceProof[]>('source_proof');
    expect(row?.state).toBe('waiting');
  });

  it('may release it where nothing is protected', async () => {
    const artifact = await says(await room.artifact({ service: 'free', text: 'a' }), 'refuted');
    const request = { service: 'free', environments: ['dev'], what: { artifact: artifact.id } };
    expect((await room.service.request(ada, request)).outcomes[0]).toMatchObject({ outcome: 'accepted' });
  });
});

it('the writer decides by what is stored then: a proof that was taken back stops what is queued', async () => {
  const artifact = await says(await room.artifact({ service: 'writer', text: 'a' }), 'proven');
  const request = { service: 'writer', environments: ['prod'], what: { artifact: artifact.id } };
  const { outcomes } = await room.service.request(ada, request);
  expect(outcomes[0]).toMatchObject({ outcome: 'accepted' });
  await says(artifact, 'refuted');
  await room.write();
  expect(await states('writer')).toEqual(['denied']);
});
