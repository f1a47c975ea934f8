import type { Observation } from '@release-manager/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ada, manifests, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { createUndeployPort, toReleaseView, type Release } from '../releases/index.ts';
import { daemonFacts, kustomization } from './facts.testing.ts';
import { takeBatch } from './intake/take-batch.ts';

let room: ReleaseRoom;
beforeAll(async () => {
  room = await openReleaseRoom({ mainFile: 'environments:\n  - { name: dev, clusters: [eu, us] }\n' });
});
afterAll(() => room.close());

const sequences = new Map<string, number>();

async function tell(cluster: string, observation: Observation): Promise<void> {
  const sequence = (sequences.get(cluster) ?? 0) + 1;
  sequences.set(cluster, sequence);
  const batch = { outbox: 'a'.repeat(32), daemon: daemonFacts, acknowledged: sequence - 1 };
  const observations = [{ sequence, seenAt: new Date().toISOString(), observation }];
  await takeBatch(room.deps, { environment: 'dev', cluster }, { ...batch, observations });
}

let version = 100;
const say = (service: string, suspended: boolean, cluster = 'eu'): Promise<void> =>
  tell(cluster, kustomization(service, { suspended, resourceVersion: String((version += 1)) }));

async function deploy(service: string, text = 'a'): Promise<void> {
  const artifact = await room.artifact({ service, text, environments: { dev: manifests(service, text) } });
  await room.service.request(ada, { service, environments: ['dev'], what: { artifact: artifact.id } });
  await room.write();
}

async function undeploy(service: string): Promise<Release> {
  const { outcomes } = await room.service.request(ada, { service, environments: ['dev'], what: { undeploy: true } });
  const [outcome] = outcomes;
  if (outcome?.release === undefined) throw new Error(`no release: ${outcome?.message ?? ''}`);
  return outcome.release;
}

const files = (service: string): Promise<string> =>
  room.git('ls-tree', '-r', '--name-only', 'main', `dev/releases/shop/${service}/`);

describe('an undeploy of what Flux would not take away', () => {
  test('is refused beforehand, with cluster and the command that resumes it, and goes through after that', async () => {
    await deploy('held');
    await say('held', false, 'us');
    await say('held', true);
    const refused = await undeploy('held');
    expect(refused.state).toBe('denied');
    expect(refused.decision?.opinions.find(({ verdict }) => verdict === 'denies')).toEqual({
      rule: 'undeploy.suspended',
      verdict: 'denies',
      explanation:
        'Kustomization flux-system/dev-held is suspended in the cluster eu, so Flux would take nothing of it away',
      next: 'in the cluster eu: flux resume kustomization dev-held -n flux-system',
    });
    expect(await files('held')).toContain('release.json');

    await say('held', false);
    const { id } = await undeploy('held');
    await room.write();
    expect((await room.release(id)).state).toBe('committed');
    expect(await files('held')).toBe('');
  });

  test('is judged again by the writer: what was suspended while it was queued is not committed', async () => {
    await deploy('late');
    const queued = await undeploy('late');
    expect(queued.state).toBe('queued');
    await say('late', true);
    await room.write();
    expect(toReleaseView(await room.release(queued.id))).toMatchObject({
      state: 'denied',
      failure: { message: expect.stringContaining('suspended in the cluster eu') as string },
    });
    expect(await files('late')).toContain('release.json');
  });

  test('is not asked about other services, gone Kustomizations, and clusters that the environment has no more', async () => {
    await deploy('free');
    await deploy('other');
    await say('other', true);
    await say('free', true, 'asia');
    await say('free', true);
    await tell('eu', kustomization('free', { suspended: true, deleted: true, resourceVersion: '9999' }));
    expect((await undeploy('free')).state).toBe('queued');
  });

  test('concerns neither releases nor the half of a move that leaves a namespace', async () => {
    await deploy('moving');
    await say('moving', true);
    await deploy('moving', 'b');
    const leave = createUndeployPort({ identity: room.deps.identity, now: room.deps.now });
    await room.database.transaction((tx) =>
      leave(tx, {
        service: 'moving',
        environment: 'dev',
        actor: ada,
        reason: 'it moves',
        leavesNamespace: 'shop',
      }),
    );
    await room.write();
    expect(await room.database.db('releases').where({ service: 'moving' }).pluck('state')).not.toContain('denied');
    expect(await files('moving')).toBe('');
  });
});
