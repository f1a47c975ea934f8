import type { BodyOf, Operations, QueryOf } from '@release-manager/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { createRights } from '../access/index.ts';
import { checkHolds } from './check-holds.ts';
import { createHoldRoutes } from './hold-routes.ts';
import { createQuarantineRoutes } from './quarantine-routes.ts';

const day = 24 * 3_600_000;
const start = new Date('2026-03-01T10:00:00Z');
let now = start;
let room: ReleaseRoom;
beforeAll(async () => {
  room = await openReleaseRoom({ now: () => now });
  await room.artifact({ service: 'web', text: 'one' });
});
afterAll(() => room.close());
beforeEach(async () => {
  now = start;
  await room.database.db('holds').del();
  await room.database.db('quarantines').del();
});

/** prod is protected: there only administrators may. */
function routes() {
  const rights = createRights({ environmentProtected: (name) => name !== 'dev' });
  const deps = { ...room.deps, rights, recovery: { automationHold: () => Promise.resolve(undefined) } };
  return { ...createHoldRoutes(deps), ...createQuarantineRoutes(deps) };
}

const by = (actor: typeof ada) => ({
  principal: { actor },
  actor,
  signal: new AbortController().signal,
  requestId: 'req_1',
  query: {},
});
const admin = { kind: 'admin' } as const;

const setHold = (actor: typeof ada, environment: string, body: BodyOf<Operations['setHold']>) =>
  routes().setHold({ ...by(actor), params: { service: 'web', environment }, body });
const listHolds = (query: Partial<QueryOf<Operations['listHolds']>> = {}) =>
  routes().listHolds({ ...by(ada), params: {}, body: {}, query: { limit: 50, ...query } });
const quarantine = (actor: typeof ada, id: string, environments?: string[]) =>
  routes().quarantineArtifact({ ...by(actor), params: { id }, body: { reason: 'bad', environments } });
const lift = (actor: typeof ada, id: string, environments?: string[]) =>
  routes().liftQuarantine({ ...by(actor), params: { id }, body: { environments } });

describe('a hold', () => {
  it('needs the right where it counts, an environment that is declared, a service that is known, and a time to come', async () => {
    await expect(setHold(ada, 'prod', { reason: 'x' })).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(setHold(admin, 'nowhere', { reason: 'x' })).rejects.toMatchObject({ code: 'environment.not-found' });
    const params = { service: 'unknown', environment: 'dev' };
    await expect(routes().setHold({ ...by(admin), params, body: { reason: 'x' } })).rejects.toMatchObject({
      kind: 'not-found',
    });
    const late = { reason: 'x', until: new Date(now.getTime() - 1).toISOString() };
    await expect(setHold(ada, 'dev', late)).rejects.toMatchObject({ code: 'hold.until' });
    await expect(setHold(ada, 'dev', { reason: 'x', until: '2126-01-01T00:00:00Z' })).rejects.toMatchObject({
      code: 'hold.until',
    });
    expect((await listHolds()).items).toEqual([]);
  });

  it('is said to the caller, takes the place of the one before, and is lifted by whoever may hold there', async () => {
    const until = new Date(now.getTime() + day).toISOString();
    expect((await setHold(ada, 'dev', { reason: '  orders fail ', until })).message).toBe(
      'dev is held until 2026-03-02 10:00 UTC',
    );
    const second = await setHold(admin, 'dev', { reason: 'still' });
    expect(second).toMatchObject({ hold: { reason: 'still' }, replaced: { reason: 'orders fail', until } });
    expect(second.message).toBe(
      'dev is held until somebody resumes it; it takes the place of the hold before, which was set by ada: orders fail',
    );
    const third = await setHold(ada, 'dev', { reason: 'migration', until });
    expect(third.message).toContain('was set by admin: still. That one had no end; if it is to stay so, run');
    await setHold(admin, 'dev', { reason: 'still' });
    const { items } = await listHolds();
    expect(items).toMatchObject([{ service: 'web', environment: 'dev', reason: 'still', actor: { name: 'admin' } }]);

    await setHold(admin, 'prod', { reason: 'audit' });
    const resume = (environment: string, dryRun?: boolean) =>
      routes().liftHold({ ...by(ada), params: { service: 'web', environment }, body: { dryRun } });
    await expect(resume('prod', true)).rejects.toMatchObject({ kind: 'forbidden' });
    expect(await resume('dev', true)).toMatchObject({ resumed: false, holds: [{ reason: 'still' }], releases: [] });
    expect(await resume('dev')).toMatchObject({
      resumed: true,
      message: 'automation goes on in dev; nothing goes out',
    });
    expect(await resume('dev')).toMatchObject({ resumed: false, holds: [], message: 'dev is not held' });
  });

  it('that nobody ended is stale after seven days, and doctor names it', async () => {
    await setHold(ada, 'dev', { reason: 'forgotten' });
    await setHold(admin, 'prod', { reason: 'ends', until: new Date(now.getTime() + 30 * day).toISOString() });
    expect((await listHolds({ stale: true })).items).toEqual([]);
    now = new Date(start.getTime() + 7 * day);
    expect((await listHolds({ stale: true })).items).toMatchObject([{ environment: 'dev', ageSeconds: 604_800 }]);
    const check = await checkHolds({ database: room.database, now: () => now });
    expect(check).toMatchObject([
      { status: 'warning', message: expect.stringContaining('web: dev is held') as string },
      // No writer runs here.
      { status: 'warning', message: expect.stringContaining('state/dev/web.json, state/prod/web.json') as string },
    ]);
    await room.write();
    expect((await checkHolds({ database: room.database, now: () => now }))[1]).toMatchObject({ status: 'ok' });
  });

  it('is one of a page', async () => {
    await setHold(ada, 'dev', { reason: 'one' });
    now = new Date(start.getTime() + 1000);
    await setHold(admin, 'prod', { reason: 'two' });
    const first = await listHolds({ limit: 1 });
    expect(first.items).toMatchObject([{ reason: 'one' }]);
    const second = await listHolds({ limit: 1, cursor: first.nextCursor });
    expect(second).toMatchObject({ items: [{ reason: 'two' }] });
    expect(second.nextCursor).toBeUndefined();
    await expect(listHolds({ cursor: "qua_' or 1=1" })).rejects.toMatchObject({ code: 'page.cursor' });
  });
});

it('of a name that nobody declared is no hold that has ended', async () => {
  for (const dryRun of [true, false]) {
    const params = { service: 'web', environment: 'nowhere' };
    await expect(routes().liftHold({ ...by(admin), params, body: { dryRun } })).rejects.toMatchObject({
      code: 'environment.not-found',
    });
  }
});

describe('a quarantine', () => {
  let id: string;
  beforeAll(async () => {
    ({ id } = await room.artifact({ service: 'web', text: 'bad' }));
  });

  it('counts wherever the caller may roll back, and nowhere else', async () => {
    const { quarantines } = await quarantine(ada, id);
    expect(quarantines.map(({ environment }) => environment)).toEqual(['dev']);
    await expect(quarantine(ada, id, ['dev', 'prod'])).rejects.toMatchObject({ kind: 'forbidden' });
    const everywhere = await quarantine(admin, id);
    expect(everywhere.quarantines.map(({ environment }) => environment)).toEqual(['dev', 'prod']);
    const { items } = await routes().listQuarantines({ ...by(ada), params: {}, body: {}, query: { limit: 50 } });
    // Set in the same moment, so that either may come first.
    expect(items.map((each) => `${each.environment} ${each.artifact}`).toSorted()).toEqual([`dev ${id}`, `prod ${id}`]);
  });

  it('is refused, with the rule, where the caller may roll back nowhere, and for what is no artifact', async () => {
    const ci = { kind: 'ci', token: 'web' } as const;
    await expect(quarantine(ci, id)).rejects.toMatchObject({ code: 'access.forbidden' });
    await expect(quarantine(ada, 'main-0123456789-0123456789')).rejects.toMatchObject({ code: 'artifact.not-found' });
    await expect(quarantine(admin, id, ['nowhere'])).rejects.toMatchObject({ code: 'environment.not-found' });
  });

  it('is lifted only by who may roll back in each environment that is meant', async () => {
    await quarantine(admin, id);
    await expect(lift(ada, id)).rejects.toMatchObject({ kind: 'forbidden' });
    expect((await lift(ada, id, ['dev'])).lifted).toMatchObject([{ environment: 'dev' }]);
    expect((await lift(admin, id, ['dev'])).message).toBe(`${id} is not quarantined there, only in prod`);
    expect((await lift(admin, id)).lifted).toMatchObject([{ environment: 'prod' }]);
    expect((await lift(admin, id)).message).toBe(`${id} is not quarantined`);
    await expect(lift(admin, id, ['nowhere'])).rejects.toMatchObject({ code: 'environment.not-found' });
    await expect(lift(admin, 'main-0123456789-0123456789')).rejects.toMatchObject({ code: 'artifact.not-found' });
  });

  it('of several environments never waits crosswise for the writer, who locks releases in the order of their requests', async () => {
    const several = await room.artifact({ service: 'several', text: 'bad' });
    const ask = async (environment: string) => {
      const request = { service: 'several', environments: [environment], what: { artifact: several.id } };
      return (await room.service.request(ada, request)).outcomes[0]?.release?.id ?? '';
    };
    const [first, second] = [await ask('prod'), await ask('dev')];
    let quarantined: Promise<unknown> = Promise.resolve();
    await room.database.transaction(async (writer) => {
      await writer('releases').where({ id: first }).forUpdate().select('id');
      quarantined = quarantine(admin, several.id);
      await room.blocked('for update');
      await writer('releases').where({ id: second }).forUpdate().noWait().select('id');
    });
    await expect(quarantined).resolves.toMatchObject({ denied: [{ id: second }, { id: first }] });
  });

  it('says where the artifact lies, since it removes nothing', async () => {
    await room.service.request(ada, { service: 'web', environments: ['dev'], what: { artifact: id } });
    await room.write();
    expect(await quarantine(ada, id)).toMatchObject({ currentIn: ['dev'] });
  });
});
