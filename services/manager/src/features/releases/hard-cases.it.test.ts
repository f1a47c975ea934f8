import { jsonb } from '@release-manager/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ada, manifests, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { ArtifactRecords } from '../artifacts/index.ts';
import { createUndeployPort } from './queue-undeploy.ts';
import { PushAttemptStore } from './writer/push-attempt-store.ts';

const autoRelease = (service: string): string =>
  `service: ${service}\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n`;
const bob = { kind: 'person', person: { id: 'bob', name: 'Bob', email: 'bob@example.com' } } as const;
const identity = { name: 'release-manager', email: 'release-manager@localhost' };

let room: ReleaseRoom;
beforeAll(async () => {
  const automated = ['replay', 'denied-head', 'racing', 'mended'];
  room = await openReleaseRoom({ policies: Object.fromEntries(automated.map((name) => [name, autoRelease(name)])) });
});
afterAll(() => room.close());
beforeEach(() => room.server.beforeRequest(undefined));

async function ask(service: string, artifact: string, environment = 'dev'): Promise<string> {
  const { outcomes } = await room.service.request(ada, { service, environments: [environment], what: { artifact } });
  return outcomes[0]?.release?.id ?? '';
}

async function states(service: string): Promise<string[]> {
  return room.database.db('releases').where({ service }).orderBy('seq').pluck('state');
}

async function tree(path: string): Promise<string[]> {
  return (await room.git('ls-tree', '-r', '--name-only', 'main', path)).split('\n').filter((line) => line !== '');
}

describe('a record that lost its artifact', () => {
  test('is refused, and what is there stays', async () => {
    const first = await room.artifact({ service: 'gone', text: 'a' });
    await ask('gone', first.id);
    await room.write();
    const second = await room.artifact({ service: 'gone', text: 'b' });
    const id = await ask('gone', second.id);
    await room.database.db('branch_heads').where({ service: 'gone' }).del();
    await room.database.db('artifacts').where({ id: second.id }).del();

    await room.write();

    expect(await room.release(id)).toMatchObject({ state: 'denied', failure: { code: 'plan.artifact-gone' } });
    expect(await tree('dev/releases/shop/gone')).toHaveLength(4);
  });

  test('and one whose files cannot be had for good lets the next one pass', async () => {
    const lost = await room.artifact({ service: 'lost-files', text: 'a' });
    const next = await room.artifact({ service: 'lost-files', text: 'b' });
    room.loader.broken.add(lost.id);
    const first = await ask('lost-files', lost.id);
    const second = await ask('lost-files', next.id);

    await room.write();

    expect((await room.release(first)).state).toBe('denied');
    expect((await room.release(second)).state).toBe('committed');
  });
});

describe('a release that failed in the cluster', () => {
  test('is tried again by a new commit, though its artifact lies there', async () => {
    const artifact = await room.artifact({ service: 'unlucky', text: 'a' });
    const first = await ask('unlucky', artifact.id);
    await room.write();
    expect(await room.service.retry(ada, first, undefined)).toMatchObject({ outcome: 'already-there' });
    await room.database.db('releases').where({ id: first }).update({ state: 'failed' });

    const { outcome, release } = await room.service.retry(ada, first, 'the database was away');
    await room.write();

    expect(outcome).toBe('accepted');
    expect(await room.release(release?.id ?? '')).toMatchObject({ state: 'committed', retryOf: first });
    expect(await states('unlucky')).toEqual(['failed', 'committed']);
  });
});

describe('automation', () => {
  test('delivered twice records nothing twice, also where the artifact was there already', async () => {
    const artifact = await room.artifact({ service: 'replay', text: 'a' });
    await ask('replay', artifact.id);
    await room.write();

    await room.automate(artifact);
    await room.automate(artifact);

    expect(await states('replay')).toEqual(['committed']);
  });

  test('a denied newer build does not keep an older good one from going out', async () => {
    const newer = await room.artifact({ service: 'denied-head', text: 'newer', run: 5 });
    const rejected = { dev: { state: 'rejected', files: 1, problems: [], warnings: [], objects: [] } };
    await room.database
      .db('artifacts')
      .where({ id: newer.id })
      .update({ environments: jsonb(rejected) });
    const older = await room.artifact({ service: 'denied-head', text: 'older', run: 4 });
    const judged = await new ArtifactRecords(room.database.db).find(newer.id);

    if (judged !== undefined) await room.automate(judged);
    await room.automate(older);
    await room.write();

    expect(await states('denied-head')).toEqual(['denied', 'committed']);
  });

  test('does not supersede what the writer is recording an attempt of in the same moment', async () => {
    const old = await room.artifact({ service: 'racing', text: 'old', run: 1 });
    const newer = await room.artifact({ service: 'racing', text: 'new', run: 2 });
    const [id = ''] = await room.automate(old);
    const commit = '1'.repeat(40) as never;
    const recorded = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const recording = room.database.transaction(async (tx) => {
      const attempt = { base: undefined, tip: commit, commits: [{ releaseId: id, commit }] };
      await new PushAttemptStore(tx).record(attempt, new Date());
      recorded.resolve();
      await mayCommit.promise;
    });
    await recorded.promise;
    const automating = room.automate(newer);
    await room.blocked('for update');
    mayCommit.resolve();
    await Promise.all([recording, automating]);

    expect(await states('racing')).toEqual(['queued', 'queued']);
    await room.database.db('push_attempts').update({ state: 'lost' });
    await room.write();
  });
});

describe('a service that moves to another namespace', () => {
  const move = (service: string, from: string, to: string): Promise<void> =>
    room.database.transaction(async (tx) => {
      await tx('services')
        .where({ name: service })
        .update({ namespaces: jsonb({ default: to }) });
      const undeploy = createUndeployPort({ identity, now: () => new Date() });
      const place = { service, environment: 'dev', leavesNamespace: from };
      await undeploy(tx, { ...place, actor: { kind: 'admin' }, reason: 'it moves' });
    });

  test('with a release in the queue is moved by it in one commit; the undeploy has nothing left to do', async () => {
    const a = await room.artifact({ service: 'mover', text: 'a', namespace: 'old' });
    await ask('mover', a.id);
    await room.write();
    const b = await room.artifact({ service: 'mover', text: 'b', namespace: 'old' });
    await ask('mover', b.id);

    await move('mover', 'old', 'new');
    await room.write();

    expect(await states('mover')).toEqual(['committed', 'committed', 'superseded']);
    const paths = [...(await tree('dev/releases')), ...(await tree('clusters/dev'))].filter((path) =>
      path.includes('mover'),
    );
    expect(paths.filter((path) => !path.startsWith('dev/releases/new/mover/'))).toEqual([
      'clusters/dev/new/mover.yaml',
    ]);
    expect(await room.git('log', '-1', '--format=%s', 'main')).toBe(`[dev/mover] release ${b.id} by ada\n`);
  });

  test('without one leaves the old folder, and is released into the new one afterwards', async () => {
    const a = await room.artifact({ service: 'leaver', text: 'a', namespace: 'old' });
    await ask('leaver', a.id);
    await room.write();

    await move('leaver', 'old', 'new');
    await room.write();
    expect((await tree('dev/releases')).filter((path) => path.includes('leaver'))).toEqual([]);
    await ask('leaver', a.id);
    await room.write();

    expect(await tree('dev/releases/new/leaver')).toHaveLength(4);
  });

  test('brings no object into a namespace that its manifests do not mean', async () => {
    const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shared, namespace: old }\n';
    const environments = { dev: [{ path: 'config.yaml', content: Buffer.from(config) }] };
    const artifact = await room.artifact({ service: 'fixed', text: 'x', namespace: 'old', environments });
    await room.database
      .db('services')
      .where({ name: 'fixed' })
      .update({ namespaces: jsonb({ default: 'new' }) });

    const id = await ask('fixed', artifact.id);
    await room.write();

    expect(await room.release(id)).toMatchObject({ state: 'denied', failure: { code: 'plan.manifests' } });
  });
});

test('a hand-edited folder is not "already there": the same release again repairs it', async () => {
  const artifact = await room.artifact({ service: 'edited', text: 'right' });
  await ask('edited', artifact.id);
  await room.write();
  await room.personPushes({
    'dev/releases/shop/edited/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: edited }\n',
  });
  await room.repo.refresh();
  await room.write();

  await ask('edited', artifact.id);
  await room.write();

  expect(await room.git('show', 'main:dev/releases/shop/edited/config.yaml')).toContain('text: right');
});

test('a folder that is known as it was before the last push is not "already there" either', async () => {
  const good = await room.artifact({ service: 'behind', text: 'good' });
  const bad = await room.artifact({ service: 'behind', text: 'bad' });
  await ask('behind', good.id);
  await room.write();
  const before = await room.database.db('owned_folders').where({ service: 'behind' }).first<object>('*');
  await ask('behind', bad.id);
  await room.write();
  // A restart asks the remote whether a push landed, and reads its tip only afterwards.
  await room.database.db('owned_folders').where({ service: 'behind' }).update(before);

  await ask('behind', good.id);
  await room.write();

  expect(await room.git('show', 'main:dev/releases/shop/behind/config.yaml')).toContain('text: good');
});

test('a refusal because of a neighbour in the same push counts only if that push lands', async () => {
  const first = await room.artifact({ service: 'claims', text: 'a' });
  const second = await room.artifact({
    service: 'claims-too',
    text: 'b',
    environments: { dev: manifests('claims', 'b') },
  });
  const one = await ask('claims', first.id);
  const two = await ask('claims-too', second.id);
  let raced = false;
  room.server.beforeRequest(async ({ kind }) => {
    if (kind !== 'push' || raced) return 'none' as const;
    raced = true;
    // While the push is on its way the first one loses its artifact, so that nobody claims the objects any more.
    await room.database.db('releases').where({ id: one }).update({ state: 'cancelled' });
    await room.personPushes({ 'race.md': 'hello' });
    return 'none' as const;
  });

  await room.write();

  expect((await room.release(two)).state).toBe('committed');
});

test('an object that hands out somebody else’s rights needs allowKinds on the tip, not only when it was verified', async () => {
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: delegate }\nspec: {}\n`;
  const files = [{ path: 'release.yaml', content: Buffer.from(release) }];
  const artifact = await room.artifact({ service: 'delegate', text: 'x', environments: { dev: files } });
  const object = {
    apiGroup: 'helm.toolkit.fluxcd.io',
    kind: 'HelmRelease',
    namespace: 'shop',
    name: 'delegate',
    file: 'release.yaml',
  };
  const judged = { state: 'ready', files: 1, namespace: 'shop', problems: [], warnings: [], objects: [object] };
  await room.database
    .db('artifacts')
    .where({ id: artifact.id })
    .update({ environments: jsonb({ dev: judged }) });

  const id = await ask('delegate', artifact.id);
  await room.write();

  expect(await room.release(id)).toMatchObject({ state: 'denied', failure: { code: 'plan.kind-not-allowed' } });
});

describe('an idempotency key', () => {
  test('belongs to its caller', async () => {
    const artifact = await room.artifact({ service: 'keyed', text: 'a' });
    const request = {
      service: 'keyed',
      environments: ['dev'],
      what: { artifact: artifact.id },
      idempotencyKey: 'the-same-key',
    };

    await room.service.request(ada, request);
    const other = await room.service.request(bob, { ...request, environments: ['prod'] });

    expect(other.outcomes[0]).toMatchObject({ environment: 'prod', outcome: 'accepted' });
  });

  test('is refused for something else', async () => {
    const artifact = await room.artifact({ service: 'keyed-too', text: 'a' });
    const request = {
      service: 'keyed-too',
      environments: ['dev'],
      what: { artifact: artifact.id },
      idempotencyKey: 'another-key',
    };
    await room.service.request(ada, request);

    const again = room.service.request(ada, { ...request, environments: ['dev', 'prod'] });

    await expect(again).rejects.toMatchObject({ kind: 'conflict', code: 'release.key-reused' });
  });
});
