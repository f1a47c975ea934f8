import type { Observation } from '@release-manager/contract';
import { silentLogger } from '@release-manager/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../../testing/release-room.ts';
import { createCommittedStates } from '../drift/committed-states.ts';
import { daemonFacts, deployment, kustomization, pod } from '../facts.testing.ts';
import { takeBatch } from '../intake/take-batch.ts';
import { createAncestry } from './ancestry.ts';
import { startRolloutJudge, type RolloutJudge } from './judge-loop.ts';

let room: ReleaseRoom;
const judges: RolloutJudge[] = [];
const now = (): Date => new Date();

beforeAll(async () => {
  room = await openReleaseRoom();
  const deps = {
    database: room.database,
    ancestry: createAncestry(room.repo.mirror, () => room.repo.refresh()),
    committed: createCommittedStates(room.repo.mirror, silentLogger),
    snapshot: () => room.repo.snapshot(),
    hops: { applied: () => undefined, healthy: () => undefined },
    logger: silentLogger,
    now,
  };
  // Two managers on one database.
  judges.push(await startRolloutJudge(deps), await startRolloutJudge(deps));
});
afterAll(async () => {
  for (const judge of judges) await judge.stop();
  await room.close();
});

let sequence = 0;
function tell(...observations: readonly Observation[]) {
  return takeBatch(
    { database: room.database, now },
    { environment: 'dev', cluster: 'default' },
    {
      outbox: 'a'.repeat(32),
      daemon: daemonFacts,
      observations: observations.map((observation) => ({
        sequence: (sequence += 1),
        seenAt: now().toISOString(),
        observation,
      })),
    },
  );
}

/** Resolves when a release is in a state; the record speaks up for each. */
async function reached(id: string, state: string): Promise<void> {
  const done = Promise.withResolvers<void>();
  const look = async (): Promise<void> => {
    if ((await room.release(id)).state === state) done.resolve();
  };
  const listener = await room.database.listen('ledger', () => void look().catch(done.reject));
  await look();
  await done.promise;
  await listener.close();
}

test('what is told is judged by itself, once, by one of two managers; and what fails, when its time has come', async () => {
  await tell();
  const artifact = await room.artifact({ service: 'web', text: 'a' });
  const { outcomes } = await room.service.request(ada, {
    service: 'web',
    environments: ['dev'],
    what: { artifact: artifact.id },
  });
  const id = outcomes[0]?.release?.id ?? '';
  await room.write();
  const { commitSha } = await room.release(id);
  const counters = { desired: 1, current: 1, updated: 1, ready: 1, available: 1 };
  const broken = deployment('web', {
    ...counters,
    release: id,
    available: 0,
    conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
  });
  await tell(kustomization('web', { lastAppliedRevision: `main@sha1:${commitSha ?? ''}` }), broken);
  await reached(id, 'failed');
  await tell(deployment('web', { ...counters, release: id, resourceVersion: '200' }), pod('web', 0));
  await reached(id, 'healthy');
  const kinds = await room.database
    .db<{ release_id: string; kind: string; id: number }>('ledger')
    .where({ release_id: id })
    .orderBy('id');
  expect(kinds.map(({ kind }) => kind).filter((kind) => !kind.endsWith('rolling-out'))).toEqual([
    'release.queued',
    'release.committed',
    'release.applied',
    'release.failed',
    'release.recovered',
  ]);
});
