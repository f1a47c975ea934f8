import { playTurn, type FakeApiServer, type PlayedImages } from '@release-manager/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { openDaemonRoom, type DaemonRoom } from './testing/daemon-room.ts';
import { deployment } from './testing/objects.ts';

const images: PlayedImages = { crashes: (image) => image === 'shop/web:bad', prints: () => 'no database\n' };
let room: DaemonRoom;
let stopPlaying: () => void;

beforeEach(async () => {
  room = await openDaemonRoom();
  stopPlaying = play(room.cluster);
});

afterEach(async () => {
  stopPlaying();
  await room.stop();
});

/** Plays controllers and kubelet whenever something changes, one turn after another, so that each can be seen. */
function play(cluster: FakeApiServer): () => void {
  let next: NodeJS.Timeout | undefined;
  const soon = (): void => {
    next ??= setTimeout(() => {
      next = undefined;
      playTurn(cluster, { images, now: new Date() });
    }, 1);
  };
  const unsubscribe = cluster.store.subscribe(soon);
  return () => {
    unsubscribe();
    clearTimeout(next);
  };
}

function web(image: string): ReturnType<typeof deployment> {
  const { status: _, metadata, ...rest } = deployment('web');
  const { 'deployment.kubernetes.io/revision': __, ...annotations } = metadata.annotations ?? {};
  const spec = JSON.parse(JSON.stringify(rest['spec']).replace('shop/web:1', image)) as object;
  return { ...rest, metadata: { ...metadata, annotations }, spec };
}

it('a rollout is told to its end, a crash with its log, and the way back to the rollout before', async () => {
  const { cluster, manager } = room;
  room.startDaemon();
  const ready = async (): Promise<string> => {
    const facts = await manager.until(() => {
      const last = manager.last('workload', 'web');
      const isDone = last?.ready === 3 && last.updated === 3 && last.current === 3 && last.updateRevision !== undefined;
      return isDone && last.observedGeneration === last.generation && last;
    });
    return facts.updateRevision ?? '';
  };
  cluster.put(web('shop/web:1'));
  const first = await ready();

  cluster.put(web('shop/web:bad'));
  const log = await manager.until(() =>
    manager.taken.map(({ observation }) => observation).find((one) => one.type === 'crash-log'),
  );
  expect(log).toMatchObject({ lines: ['no database'], workload: { kind: 'Deployment', name: 'web' } });
  const broken = await manager.until(() => {
    const revision = manager.last('workload', 'web')?.updateRevision;
    return revision !== first && revision;
  });
  expect(broken).not.toBe(first);

  // The same template again: its old ReplicaSet becomes the newest one.
  cluster.put(web('shop/web:1'));
  await manager.until(() => manager.last('workload', 'web')?.updateRevision === first);
  expect(await ready()).toBe(first);
});
