import type { Observation } from '@release-manager/contract';
import { silentLogger } from '@release-manager/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../../testing/release-room.ts';
import { daemonFacts, deployment, kustomization, pod } from '../facts.testing.ts';
import { takeBatch } from '../intake/take-batch.ts';
import { createAncestry } from '../judge/ancestry.ts';
import { judgeDue } from '../judge/judge-loop.ts';
import type { JudgeDeps } from '../judge/judge-target.ts';
import { LookStore } from '../looks/look-store.ts';
import { createCommittedStates } from './committed-states.ts';
import { DriftStore } from './drift-store.ts';

let room: ReleaseRoom;
let deps: JudgeDeps;
let now: Date;
let sequence = 0;
let version = 1000;

beforeAll(async () => {
  room = await openReleaseRoom({ mainFile: 'environments:\n  - { name: dev }\n' });
  deps = {
    database: room.database,
    ancestry: createAncestry(room.repo.mirror, () => room.repo.refresh()),
    committed: createCommittedStates(room.repo.mirror, silentLogger),
    snapshot: () => room.repo.snapshot(),
    hops: { applied: () => undefined, healthy: () => undefined },
    logger: silentLogger,
    now: () => now,
  };
});
afterAll(() => room.close());
beforeEach(() => {
  // What the room writes by the real clock is the past for the judge, whose clock moves only here.
  now = new Date(Date.now() + 3_600_000);
});

/** Manifests that declare two replicas. */
function manifests(service: string, { replicas = 2, tag = '1' } = {}) {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${service} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${service} } }
  template:
    metadata: { labels: { app: ${service} } }
    spec: { containers: [{ name: app, image: "example/${service}:${tag}" }] }
`;
  return [{ path: 'deployment.yaml', content: Buffer.from(text) }];
}

async function tell(...observations: readonly Observation[]): Promise<void> {
  const from = sequence + 1;
  sequence += observations.length;
  await takeBatch(
    { database: room.database, now: () => now },
    { environment: 'dev', cluster: 'default' },
    {
      outbox: 'a'.repeat(32),
      daemon: daemonFacts,
      observations: observations.map((observation, index) => ({
        sequence: from + index,
        seenAt: now.toISOString(),
        observation,
      })),
    },
  );
}

/** Judges until nothing is due; what is read in the background meanwhile is due when it was read. */
async function judge(service: string): Promise<void> {
  const [folder] = await room.deps.database
    .db<{ service: string; environment: string; namespace: string; tree_oid: string }>('owned_folders')
    .where({ service });
  while ((await judgeDue(deps)) > 0);
  if (folder === undefined) return;
  const { environment, namespace, tree_oid: treeOid } = folder;
  const read = Promise.withResolvers<void>();
  if (deps.committed.of({ service, environment, namespace, treeOid }, () => read.resolve()) === 'unread')
    await read.promise;
  await new LookStore(room.database.db).mark([{ service, environment }], now);
  while ((await judgeDue(deps)) > 0);
}

const newer = (): string => String((version += 1));
const live = (service: string, release: string, more: Parameters<typeof deployment>[1] = {}): Observation =>
  deployment(service, { release, resourceVersion: newer(), ...more });
const flux = (service: string, commit: string | undefined, more: Parameters<typeof kustomization>[1] = {}) =>
  kustomization(service, { resourceVersion: newer(), lastAppliedRevision: `main@sha1:${commit ?? ''}`, ...more });
const up = (service: string): Observation[] => [0, 1].map((index) => pod(service, index, { resourceVersion: newer() }));

async function release(service: string, options: Parameters<typeof manifests>[1] & { text?: string } = {}) {
  const files = manifests(service, options);
  const artifact = await room.artifact({ service, text: options.text ?? 'a', environments: { dev: files } });
  const what = { artifact: artifact.id };
  const { outcomes } = await room.service.request(ada, { service, environments: ['dev'], what });
  await room.write();
  return room.release(outcomes[0]?.release?.id ?? '');
}

/** A release that is healthy, with two pods. */
async function healthy(service: string) {
  await tell();
  const made = await release(service);
  await tell(flux(service, made.commitSha), live(service, made.id), ...up(service));
  await judge(service);
  expect((await room.release(made.id)).state).toBe('healthy');
  return made;
}

async function pass(service: string, seconds: number): Promise<void> {
  now = new Date(now.getTime() + seconds * 1000);
  // Silence of the daemon is another matter.
  await tell();
  await judge(service);
}

interface Entry {
  readonly service: string;
  readonly id: number;
  readonly kind: string;
  readonly cause: string;
  readonly release_id: string;
  readonly details: Record<string, unknown>;
}

const told = (service: string): Promise<Entry[]> =>
  room.database.db<Entry>('ledger').where({ service }).whereLike('kind', 'drift.%').orderBy('id');
const kinds = async (service: string): Promise<string[]> => (await told(service)).map(({ kind }) => kind);
const shown = async (service: string) =>
  (await new DriftStore(room.database.db).reported([service]))({ service, environment: 'dev' });
const foreign = (manager: string) => ({ notByFlux: [{ field: 'replicas' as const, manager }] });

test('what somebody scales is told of once, after a minute, with who did it, and once more when it is gone', async () => {
  const { id } = await healthy('scaled');
  const since = now;
  await tell(live('scaled', id, { desired: 5, ...foreign('kubectl') }));
  await judge('scaled');
  await pass('scaled', 59);
  expect(await kinds('scaled')).toEqual([]);
  expect(await shown('scaled')).toEqual([]);
  await pass('scaled', 1);
  const drift = {
    cluster: 'default',
    object: 'Deployment shop/scaled',
    field: 'replicas',
    wanted: '2',
    live: '5',
    since: since.toISOString(),
    by: 'kubectl',
  };
  expect(await told('scaled')).toMatchObject([
    {
      kind: 'drift.found',
      cause:
        'Deployment shop/scaled in the cluster default: replicas is 5, and the config repo says 2; it was set by kubectl',
      release_id: id,
      details: { ...drift, uid: 'uid-deployment-scaled' },
    },
  ]);
  expect(await shown('scaled')).toEqual([drift]);

  await tell(live('scaled', id, { desired: 7, ...foreign('kubectl-edit') }));
  await pass('scaled', 600);
  expect(await kinds('scaled')).toEqual(['drift.found']);
  expect(await shown('scaled')).toMatchObject([{ live: '7', by: 'kubectl-edit', since: since.toISOString() }]);

  await tell(live('scaled', id));
  await judge('scaled');
  await pass('scaled', 600);
  expect(await kinds('scaled')).toEqual(['drift.found', 'drift.ended']);
  expect((await told('scaled'))[1]?.cause).toBe(
    'Deployment shop/scaled in the cluster default: the drift of replicas ended after 660 s, it is as the config repo says again',
  );
  expect(await shown('scaled')).toEqual([]);
  expect((await room.release(id)).state).toBe('healthy');
});

test('a look that dies changes nothing, and the next one says the same once', async () => {
  const { id } = await healthy('killed');
  await tell(live('killed', id, { desired: 5 }));
  await judge('killed');
  now = new Date(now.getTime() + 60_000);
  await tell();
  const dying = {
    ...room.database,
    db: room.database.db,
    transaction: (work: Parameters<typeof room.database.transaction>[0]) =>
      room.database.transaction(async (tx) => {
        await work(tx);
        throw new Error('killed');
      }),
  } as typeof room.database;
  await judgeDue({ ...deps, database: dying });
  expect(await kinds('killed')).toEqual([]);
  await pass('killed', 60);
  await pass('killed', 60);
  expect(await kinds('killed')).toEqual(['drift.found']);
});

describe('is not called drift', () => {
  /** What was told when enough time has passed for anything to be. */
  const inTime = async (service: string): Promise<string[]> => {
    await judge(service);
    for (const seconds of [60, 60, 600]) await pass(service, seconds);
    return kinds(service);
  };

  test('what an autoscaler does, and what Flux itself applied', async () => {
    const { id } = await healthy('tuned');
    await tell(live('tuned', id, { desired: 9, autoscaled: true, ...foreign('kube-controller-manager') }));
    expect(await inTime('tuned')).toEqual([]);
    await tell(live('tuned', id, { images: [{ container: 'app', image: 'mirror/tuned:1' }], notByFlux: [] }));
    expect(await inTime('tuned')).toEqual([]);
  });

  test('what differs while Flux is suspended; it is once Flux goes on and does not mend it', async () => {
    const { id, commitSha } = await healthy('paused');
    await tell(flux('paused', commitSha, { suspended: true }), live('paused', id, { desired: 5 }));
    expect(await inTime('paused')).toEqual([]);
    await tell(flux('paused', commitSha));
    await pass('paused', 60);
    await pass('paused', 60);
    expect(await kinds('paused')).toEqual(['drift.found']);
  });

  test('what a release on its way changes, and what Flux has yet to apply', async () => {
    const first = await healthy('moving');
    const second = await release('moving', { replicas: 5, text: 'b' });
    expect(await inTime('moving')).toEqual([]);
    await tell(flux('moving', second.commitSha), live('moving', first.id, { desired: 2 }));
    expect(await inTime('moving')).toEqual([]);
    await tell(live('moving', second.id, { desired: 5, current: 5, updated: 5, ready: 5, available: 5 }));
    expect(await inTime('moving')).toEqual([]);
  });

  test('what was committed by hand and Flux has yet to apply; what it then does not have is', async () => {
    const { id } = await healthy('edited');
    const path = 'dev/releases/shop/edited/deployment.yaml';
    const text = (await room.git('show', `main:${path}`)).replace('replicas: 2', 'replicas: 3');
    await room.personPushes({ [path]: text });
    await room.repo.refresh();
    await room.write();
    await tell(live('edited', id));
    expect(await inTime('edited')).toEqual([]);
    const head = (await room.git('rev-parse', 'main')).trim();
    await tell(flux('edited', head), live('edited', id, { desired: 3 }));
    expect(await inTime('edited')).toEqual([]);
    await tell(live('edited', id, { desired: 2 }));
    await judge('edited');
    await pass('edited', 60);
    expect(await told('edited')).toMatchObject([{ kind: 'drift.found', details: { wanted: '3', live: '2' } }]);
  });
});

test('an image and a stamp that were changed are drift; a lost label as well, though the daemon hears no more of it', async () => {
  const { id } = await healthy('painted');
  const images = [{ container: 'app', image: 'example/painted:9' }];
  await tell(live('painted', id, { images, stamp: { service: '', release: 'rel_other' } }));
  await judge('painted');
  await pass('painted', 60);
  expect((await shown('painted')).map(({ field, live: is }) => `${field}: ${is}`)).toEqual([
    'image of app: example/painted:9',
    'release: rel_other',
    'service: none',
  ]);
});

test('what was told of ends with the service', async () => {
  const { id } = await healthy('leaving');
  await tell(live('leaving', id, { desired: 5 }));
  await judge('leaving');
  await pass('leaving', 60);
  expect(await kinds('leaving')).toEqual(['drift.found']);
  const { outcomes } = await room.service.request(ada, {
    service: 'leaving',
    environments: ['dev'],
    what: { undeploy: true },
  });
  await room.write();
  const { commitSha } = await room.release(outcomes[0]?.release?.id ?? '');
  const root = { ...flux('root', commitSha, { path: './clusters/dev' }), service: undefined };
  await tell(root, flux('leaving', commitSha, { deleted: true }));
  await judge('leaving');
  await pass('leaving', 60);
  expect(await kinds('leaving')).toEqual(['drift.found', 'drift.ended']);
});
