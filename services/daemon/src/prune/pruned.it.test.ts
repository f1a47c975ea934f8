import type { PruneFacts } from '@release-manager/contract';
import type { KubeObject } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDaemonRoom, type DaemonRoom } from '../testing/daemon-room.ts';
import { kustomization } from '../testing/objects.ts';

let room: DaemonRoom;

beforeEach(async () => {
  room = await openDaemonRoom();
});

afterEach(async () => {
  await room.stop();
});

const inventory = ['shop_web__Service', 'shop_web_networking.k8s.io_Ingress', 'shop_key__Secret'];

function applied(kind: string, apiVersion: string, metadata: object = {}): KubeObject {
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'dev-web',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
  };
  return { apiVersion, kind, metadata: { name: 'web', namespace: 'shop', labels, ...metadata } };
}

function last({ manager }: DaemonRoom): PruneFacts | undefined {
  return manager.last('prune', 'dev-web');
}

function arrange({ cluster }: DaemonRoom): void {
  cluster.beforeRequest(({ path }) =>
    path.includes('/secrets/') ? { status: 403, message: 'secrets "key" is forbidden' } : undefined,
  );
  cluster.put(applied('Service', 'v1'));
  cluster.put(applied('Ingress', 'networking.k8s.io/v1', { finalizers: ['cloud.example/lb'] }));
  cluster.put(kustomization('dev-web', { service: 'web', inventory }));
}

describe('after a Kustomization was deleted', () => {
  it('what it applied is looked at until it is gone', async () => {
    const { cluster, manager } = room;
    arrange(room);
    room.startDaemon();
    await manager.until(() => manager.last('kustomization', 'dev-web'));
    cluster.remove('Kustomization', 'flux-system', 'dev-web');
    const facts = await manager.until(() => last(room));
    expect(facts).toMatchObject({ entries: 3, done: false, unreadable: ['shop_key__Secret'] });
    expect(facts.remaining.map(({ id }) => id)).toEqual(inventory.slice(0, 2));

    cluster.remove('Service', 'shop', 'web');
    cluster.put(
      applied('Ingress', 'networking.k8s.io/v1', {
        finalizers: ['cloud.example/lb'],
        deletionTimestamp: '2026-01-01T00:00:00Z',
      }),
    );
    await manager.until(() => last(room)?.remaining[0]?.terminating);
    expect(last(room)?.remaining).toEqual([
      { id: inventory[1], terminating: '2026-01-01T00:00:00Z', finalizers: ['cloud.example/lb'] },
    ]);
    cluster.remove('Ingress', 'shop', 'web');
    expect(await manager.until(() => last(room)?.done)).toBe(true);
  });

  it('while no daemon ran, the next one looks', async () => {
    const { cluster, manager } = room;
    arrange(room);
    const stop = room.startDaemon();
    await manager.until(() => manager.last('kustomization', 'dev-web'));
    await stop();
    for (const [kind, namespace, name] of [
      ['Kustomization', 'flux-system', 'dev-web'],
      ['Service', 'shop', 'web'],
    ] as const) {
      cluster.remove(kind, namespace, name);
    }
    room.startDaemon();
    const facts = await manager.until(() => last(room));
    expect(facts.remaining.map(({ id }) => id)).toEqual([inventory[1]]);
  });

  it('what another one applies, or what was told to stay, counts as settled', async () => {
    const { cluster, manager } = room;
    arrange(room);
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'dev-shop',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    };
    cluster.put(applied('Service', 'v1', { labels }));
    const annotations = { 'kustomize.toolkit.fluxcd.io/prune': 'Disabled' };
    cluster.put(applied('Ingress', 'networking.k8s.io/v1', { annotations }));
    room.startDaemon();
    await manager.until(() => manager.last('kustomization', 'dev-web'));
    cluster.remove('Kustomization', 'flux-system', 'dev-web');
    expect(await manager.until(() => last(room)?.done && last(room))).toMatchObject({ remaining: [], entries: 3 });
  });
});
