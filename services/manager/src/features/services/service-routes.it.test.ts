import { parseConfig } from '@release-manager/config-repo';
import type { BodyOf, Operations } from '@release-manager/contract';
import type { Database } from '@release-manager/postgres';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Principal } from '../../http/index.ts';
import { createRights } from '../access/index.ts';
import { FolderStore } from '../config-repo/index.ts';
import { createServiceRoutes } from './index.ts';
import type { QueueUndeploy } from './service-registry.ts';

const mainFile = `environments:
  - { name: dev }
  - { name: dev-eu }
  - { name: prod, protected: true, clusters: [eu, us], flux: { layout: sliced, namespace: gitops } }
`;
const admin: Principal = { actor: { kind: 'admin' } };
const ada: Principal = { actor: { kind: 'person', person: { id: 'ada', name: 'Ada', email: 'ada@example.com' } } };

type Undeploy = Parameters<QueueUndeploy>[1];
type Routes = ReturnType<typeof createServiceRoutes>;

let test: TestDatabase;
let database: Database;
let routes: Routes;
let undeployed: Undeploy[];
let undeployFails = false;

beforeAll(async () => {
  test = await testDatabase();
  ({ database } = test);
  const snapshot = parseConfig('c0ffee', new Map([['release-manager.yaml', Buffer.from(mainFile)]]));
  routes = createServiceRoutes({
    database,
    repo: { snapshot: () => snapshot },
    rights: createRights({ environmentProtected: () => false }),
    now: () => new Date(),
    undeploy: (_tx, undeploy) => {
      if (undeployFails) return Promise.reject(new Error('no release could be queued'));
      undeployed.push(undeploy);
      return Promise.resolve();
    },
  });
});
afterAll(() => test.drop());
beforeEach(() => {
  undeployed = [];
  undeployFails = false;
});

const around = { signal: new AbortController().signal, requestId: 'r1' };
const add = (body: BodyOf<Operations['addService']>, principal = admin) =>
  routes.addService({ ...around, principal, actor: principal.actor, params: {}, query: {}, body });
const set = (service: string, body: BodyOf<Operations['setService']>, principal = admin) =>
  routes.setService({ ...around, principal, actor: principal.actor, params: { service }, query: {}, body });
const list = (limit: number, cursor?: string) =>
  routes.listServices({
    ...around,
    principal: ada,
    actor: ada.actor,
    params: {},
    query: { limit, cursor },
    body: {},
  });
const show = (service: string) =>
  routes.showService({ ...around, principal: ada, actor: ada.actor, params: { service }, query: {}, body: {} });

async function ledgerOf(service: string): Promise<string[]> {
  return database.db('ledger').where({ service }).orderBy('id').pluck<string[]>('kind');
}

describe('a service that is registered by hand', () => {
  it('is there from then on, and the record says by whom', async () => {
    const view = await add({ name: 'web', namespaces: { default: 'shop' }, owner: 'checkout' });
    expect(view).toMatchObject({
      name: 'web',
      namespaces: { default: 'shop' },
      owner: 'checkout',
      paths: [],
      links: {},
    });
    expect(await show('web')).toEqual(view);
    expect(await ledgerOf('web')).toEqual(['service.registered']);
    await expect(add({ name: 'web', namespaces: { default: 'other' } })).rejects.toMatchObject({
      code: 'service.exists',
    });
  });

  it('is an administrator’s to register and to change', async () => {
    const refused = { kind: 'forbidden', code: 'access.forbidden' };
    await expect(add({ name: 'mine', namespaces: { default: 'mine' } }, ada)).rejects.toMatchObject(refused);
    await expect(set('web', { owner: 'ada' }, ada)).rejects.toMatchObject(refused);
    await expect(show('mine')).rejects.toMatchObject({ kind: 'not-found', code: 'service.not-found' });
  });

  it('cannot have a name that Flux would take for another', async () => {
    await add({ name: 'eu-api', namespaces: { default: 'shop' } });
    await expect(add({ name: 'api', namespaces: { default: 'shop' } })).rejects.toMatchObject({
      code: 'service.pair-clash',
      message: expect.stringContaining('dev-eu-api') as string,
    });
    await expect(add({ name: 'namespace', namespaces: { default: 'shop' } })).rejects.toMatchObject({
      code: 'name.service',
    });
    await expect(add({ name: 'x'.repeat(57), namespaces: { default: 'shop' } })).rejects.toMatchObject({
      code: 'name.pair',
    });
  });

  it('cannot live where Flux does', async () => {
    const refused = { code: 'service.flux-namespace' };
    await expect(add({ name: 'f1', namespaces: { default: 'flux-system' } })).rejects.toMatchObject(refused);
    await expect(add({ name: 'f2', namespaces: { default: 'shop', prod: 'gitops' } })).rejects.toMatchObject(refused);
    await expect(add({ name: 'f3', namespaces: { clusters: 'shop' } })).rejects.toMatchObject({
      code: 'name.environment',
    });
  });

  it('does not clash with one that is registered at the same moment', async () => {
    const both = await Promise.allSettled([
      add({ name: 'eu-pay', namespaces: { default: 'shop' } }),
      add({ name: 'pay', namespaces: { default: 'shop' } }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a service that moves', () => {
  const committed = async (service: string, environment: string, namespace: string) =>
    new FolderStore(database.db).apply(
      [{ folder: { environment, namespace, service, treeOid: 'a'.repeat(40) }, objects: [] }],
      new Date(),
    );

  it('is undeployed where its folder lies in the old namespace, and nowhere else', async () => {
    await add({ name: 'mover', namespaces: { default: 'old', prod: 'prod-ns' } });
    await committed('mover', 'dev', 'old');
    await committed('mover', 'prod', 'prod-ns');
    const view = await set('mover', { namespaces: { dev: 'new' } });
    expect(view.namespaces).toEqual({ default: 'old', dev: 'new', prod: 'prod-ns' });
    expect(undeployed).toEqual([
      {
        service: 'mover',
        environment: 'dev',
        leavesNamespace: 'old',
        actor: admin.actor,
        reason: 'mover moves from the namespace old to new',
      },
    ]);
    expect(await ledgerOf('mover')).toEqual(['service.registered', 'service.changed']);
  });

  it('stays as it was when the undeploy cannot be queued', async () => {
    await add({ name: 'stuck', namespaces: { default: 'old' } });
    await committed('stuck', 'dev', 'old');
    undeployFails = true;
    await expect(set('stuck', { namespaces: { default: 'new' } })).rejects.toThrow('no release could be queued');
    expect((await show('stuck')).namespaces).toEqual({ default: 'old' });
    expect(await ledgerOf('stuck')).toEqual(['service.registered']);
  });

  it('is not undeployed, and not recorded, by a change that changes nothing of it', async () => {
    await add({ name: 'calm', namespaces: { default: 'old' }, owner: 'checkout' });
    await committed('calm', 'dev', 'old');
    await set('calm', { namespaces: { default: 'old' }, owner: 'checkout' });
    expect(await ledgerOf('calm')).toEqual(['service.registered']);
    expect((await set('calm', { owner: 'payments', links: { runbook: 'https://example.com' } })).owner).toBe(
      'payments',
    );
    expect(undeployed).toEqual([]);
    await expect(set('nobody', { owner: 'x' })).rejects.toMatchObject({ code: 'service.not-found' });
  });
});

describe('reading', () => {
  it('pages by name', async () => {
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(2, cursor);
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(names).toEqual((await database.db('services').pluck<string[]>('name')).toSorted());
    expect(names.length).toBeGreaterThan(3);
    await expect(list(2, "'; drop table services")).rejects.toMatchObject({ code: 'page.cursor' });
  });

  it('shows the environments in the order of promotion', async () => {
    const { items } = await routes.listEnvironments({
      ...around,
      principal: ada,
      actor: ada.actor,
      params: {},
      query: {},
      body: {},
    });
    expect(items).toEqual([
      { name: 'dev', protected: false, clusters: ['default'], layout: 'plain' },
      { name: 'dev-eu', protected: false, clusters: ['default'], layout: 'plain' },
      { name: 'prod', protected: true, clusters: ['eu', 'us'], layout: 'sliced' },
    ]);
  });
});
