import type { WhereView } from '@release-manager/contract';
import { jsonb } from '@release-manager/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { ada, manifests, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { appendLedger } from '../ledger/index.ts';
import { ReleaseStore, type Release } from '../releases/index.ts';
import { createWhereRoutes } from './index.ts';

let room: ReleaseRoom;
let sha: string;
let ids: { readonly web: string; readonly api: string; readonly newer: string };

beforeAll(async () => {
  room = await openReleaseRoom();
  const dev = { dev: manifests('web', 'a') };
  const web = await room.artifact({ service: 'web', text: 'a', environments: { ...dev, prod: manifests('web', 'a') } });
  const api = await room.artifact({ service: 'api', text: 'a', environments: { dev: manifests('api', 'a') } });
  ({ sha } = web);
  // A monorepo: one commit, an artifact of each service.
  await room.database.db('artifacts').where({ id: api.id }).update({ sha });
  const other = 'f'.repeat(40);
  const newer = await room.artifact({ service: 'web', text: 'b', environments: { dev: manifests('web', 'b') } });
  await room.database.db('artifacts').where({ id: newer.id }).update({ sha: other });
  ids = { web: web.id, api: api.id, newer: newer.id };
});
afterAll(() => room.close());

async function ask(what: string, more: { service?: string; limit?: number; cursor?: string } = {}) {
  const { showWhere } = createWhereRoutes({ database: room.database, repo: room.repo });
  const request = { params: { what }, query: { limit: 50, ...more } };
  return showWhere(request as unknown as Parameters<typeof showWhere>[0]);
}

async function release(artifact: string, environment = 'dev', service = 'web'): Promise<Release> {
  const asked = { service, environments: [environment], what: { artifact } };
  const { outcomes } = await room.service.request(ada, asked);
  await room.write();
  return room.release(outcomes[0]?.release?.id ?? '');
}

/** As the judge writes it down. */
async function reach(release: Release, to: 'applied' | 'healthy'): Promise<Release> {
  const { service, environment, id: releaseId, state: from } = release;
  const at = new Date();
  await room.database.transaction(async (tx) => {
    await new ReleaseStore(tx).transition(release, { to, at, waitsFor: to });
    const entry = { kind: `release.${to}`, actor: { kind: 'manager' }, cause: to } as const;
    await appendLedger(tx, { ...entry, service, environment, releaseId, from, to, at });
  });
  return room.release(releaseId);
}

const inEnvironment = (way: WhereView | undefined, name: string) =>
  way?.environments.find(({ environment }) => environment === name);

test('a commit of a monorepo shows each of its artifacts, and where nothing was asked for', async () => {
  const { items } = await ask(sha.slice(0, 7));
  expect(items.map(({ artifact }) => artifact)).toEqual([ids.api, ids.web]);
  const [api, web] = items;
  expect(web).toMatchObject({ service: 'web', branch: 'main', sha, state: 'ready', author: 'Grace H.' });
  expect(web?.hops.map(({ name }) => name)).toEqual(['registered', 'ready']);
  expect(web?.environments).toEqual([
    { environment: 'dev', state: 'ready', isThere: false, hops: [] },
    { environment: 'prod', state: 'ready', isThere: false, hops: [] },
  ]);
  expect(inEnvironment(api, 'prod')).toMatchObject({ state: 'absent' });
});

test('shows each hop of the release that counts, the clusters, and what took its place', async () => {
  const first = await reach(await reach(await release(ids.web), 'applied'), 'healthy');
  const workload = { kind: 'Deployment', namespace: 'shop', name: 'web', state: 'done', done: 2, wanted: 2, says: '' };
  await room.database.db('rollouts').insert({
    release_id: first.id,
    cluster: 'default',
    environment: 'dev',
    service: 'web',
    watch: 'current',
    phase: 'healthy',
    verdict: jsonb({ says: 'healthy', workloads: [workload], memory: { signals: {}, progress: {} }, isApplied: true }),
    since: new Date(),
    judged_at: new Date(),
  });
  const [way] = (await ask(ids.web)).items;
  const dev = inEnvironment(way, 'dev');
  expect(dev).toMatchObject({ isThere: true, there: ids.web, release: { id: first.id, state: 'healthy' } });
  expect(dev?.hops.map(({ name }) => name)).toEqual(['requested', 'queued', 'committed', 'applied', 'healthy']);
  expect(dev?.release?.rollout?.clusters).toMatchObject([{ phase: 'healthy', workloads: [workload] }]);

  await release(ids.newer);
  const [again] = (await ask(ids.web)).items;
  expect(inEnvironment(again, 'dev')).toMatchObject({ isThere: false, there: ids.newer, release: { id: first.id } });
});

test('a release that came to nothing does not hide the one that was committed', async () => {
  const [before] = (await ask(ids.newer)).items;
  const committed = inEnvironment(before, 'dev')?.release;
  await room.database.db('releases').insert({
    id: `rel_${'z'.repeat(26)}`,
    request_id: 'req_z',
    service: 'web',
    environment: 'dev',
    artifact_id: ids.newer,
    intent: 'auto',
    automatic: true,
    state: 'superseded',
    actor: jsonb(ada),
    author: jsonb({ name: 'Ada', email: 'ada@example.com' }),
    requested_at: new Date(),
    updated_at: new Date(),
  });
  const [after] = (await ask(ids.newer)).items;
  expect(committed).toMatchObject({ state: 'committed' });
  expect(inEnvironment(after, 'dev')?.release?.id).toBe(committed?.id);
});

test('a page ends where it ends, and goes on behind it', async () => {
  const first = await ask(sha, { limit: 1 });
  expect(first.items.map(({ service }) => service)).toEqual(['api']);
  const second = await ask(sha, { limit: 1, ...(first.nextCursor === undefined ? {} : { cursor: first.nextCursor }) });
  expect(second.items.map(({ service }) => service)).toEqual(['web']);
  expect(second.nextCursor).toBeUndefined();
  expect((await ask(sha, { service: 'web' })).items.map(({ service }) => service)).toEqual(['web']);
});

test('what nobody knows is not found', async () => {
  await expect(ask('eeeeeee')).rejects.toMatchObject({ kind: 'not-found', code: 'where.not-found' });
  await expect(ask(sha, { service: 'other' })).rejects.toThrow('No artifact of other was made from the commit');
  await expect(ask('main-0123456789-abcdef0123')).rejects.toMatchObject({ code: 'artifact.not-found' });
});
