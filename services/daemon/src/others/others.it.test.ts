import { afterEach, beforeEach, expect, it } from 'vitest';

import { openDaemonRoom, type DaemonRoom } from '../testing/daemon-room.ts';
import { kustomization } from '../testing/objects.ts';

let room: DaemonRoom;

beforeEach(async () => {
  room = await openDaemonRoom();
});

afterEach(async () => {
  await room.stop();
});

const inventory = ['shop_topic_kafka.example_Topic', 'shop_web_apps_Deployment', 'shop_settings__ConfigMap'];

it('an object of a kind that is not watched is followed while it is young', async () => {
  const { cluster, manager } = room;
  cluster.install({ group: 'kafka.example', version: 'v1', plural: 'topics', kind: 'Topic', namespaced: true });
  const topic = { apiVersion: 'kafka.example/v1', kind: 'Topic', metadata: { name: 'topic', namespace: 'shop' } };
  const conditions = [{ type: 'Ready', status: 'False', reason: 'Creating' }];
  cluster.put({ ...topic, status: { conditions, observedGeneration: 1 } });
  cluster.put(kustomization('dev-web', { service: 'web', inventory }));
  room.startDaemon();
  const facts = await manager.until(() => manager.last('other', 'topic'));
  expect(facts).toMatchObject({ service: 'web', object: { group: 'kafka.example', kind: 'Topic' }, conditions });
  cluster.patch('Topic', 'shop', 'topic', { status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  await manager.until(() => manager.last('other', 'topic')?.conditions[0]?.status === 'True');
  cluster.remove('Topic', 'shop', 'topic');
  expect(await manager.until(() => manager.last('other', 'topic')?.deleted)).toBe(true);
  expect(cluster.requests.filter(({ path }) => /configmaps|deployments\/web/.test(path))).toEqual([]);
});

it('a kind that may not be read is named', async () => {
  const { cluster, manager } = room;
  cluster.install({ group: 'kafka.example', version: 'v1', plural: 'topics', kind: 'Topic', namespaced: true });
  cluster.beforeRequest(({ path }) =>
    path.includes('/topics/') ? { status: 403, message: 'topics.kafka.example "topic" is forbidden' } : undefined,
  );
  cluster.put(kustomization('dev-web', { service: 'web', inventory }));
  room.startDaemon();
  const batch = await manager.until(() => manager.batches.find(({ daemon }) => daemon.unwatched.length > 0));
  expect(batch.daemon.unwatched).toEqual([{ kind: 'Topic', why: 'topics.kafka.example "topic" is forbidden' }]);
});
