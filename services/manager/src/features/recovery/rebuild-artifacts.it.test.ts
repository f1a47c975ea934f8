import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeArchive } from '@release-manager/archive';
import { parseConfig } from '@release-manager/config-repo';
import type { ArtifactSpec } from '@release-manager/contract';
import { artifactId } from '@release-manager/domain';
import { jsonb } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { createFolderStore, type ArtifactStore } from '@release-manager/storage';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ArtifactRecords } from '../artifacts/index.ts';
import { checkRecovery } from './check-recovery.ts';
import { lookThroughStore } from './look-through-store.ts';
import { rebuildArtifacts } from './rebuild-artifacts.ts';
import { RecoveryStore } from './recovery-store.ts';

let test: TestDatabase;
let folder: string;
let store: ArtifactStore;

const snapshot = parseConfig(
  'c0ffee',
  new Map([['release-manager.yaml', Buffer.from('environments: [{ name: dev }]\n')]]),
);
const never = new AbortController().signal;

beforeEach(async () => {
  test = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'rebuild-artifacts-'));
  store = createFolderStore({ folder, publicUrl: 'http://localhost', secret: Buffer.alloc(32) });
});
afterEach(async () => {
  await test.drop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

function deps(isProven = true) {
  const { database } = test;
  return {
    database,
    store,
    repo: { snapshot: () => snapshot },
    logger: silentLogger,
    now: () => new Date(),
    isProven: () => isProven,
  };
}

/** Puts a zip where the manager keeps verified artifacts. @returns its id */
async function put(input: {
  service?: string;
  branch?: string;
  run: number;
  owner?: string;
  text?: string;
}): Promise<string> {
  const { service = 'web', branch = 'main', run, owner, text = `run ${run}` } = input;
  const sha = createHash('sha1').update(`${service} ${branch} ${run}`).digest('hex');
  const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${service}\ndata:\n  text: ${JSON.stringify(text)}\n`;
  const files = [{ path: 'dev/config.yaml', content: Buffer.from(manifest) }];
  const spec: ArtifactSpec = {
    schemaVersion: 1,
    id: artifactId({ service, branch, sha }, files),
    service,
    namespaces: { default: 'shop' },
    source: {
      repository: 'https://git.example.com/shop/web',
      branch,
      sha,
      author: { name: 'Sam', email: 'sam@example.com' },
      committedAt: new Date(Date.UTC(2026, 0, run)).toISOString(),
    },
    ci: { provider: 'test', workflow: 'build', runNumber: run },
    ...(owner === undefined ? {} : { owner }),
  };
  const json = { path: 'artifact.json', content: Buffer.from(JSON.stringify(spec)) };
  await store.write(`artifacts/${service}/${spec.id}.zip`, await writeArchive([json, ...files]));
  return spec.id;
}

async function begin(): Promise<Date> {
  const at = new Date();
  await new RecoveryStore(test.database.db).begin({ reason: 'test', tip: undefined, history: false, at });
  return at;
}

const rebuild = async (isProven = true): Promise<void> => {
  const { foundAt = new Date(), storeAt } = await new RecoveryStore(test.database.db).read();
  await rebuildArtifacts(deps(isProven), { lostAt: foundAt, storeAt, signal: never });
};

describe('artifacts that only the store remembers', () => {
  it('come back verified, in the order of their builds, with the heads of their branches, and trigger nothing', async () => {
    const runs = [3, 1, 5, 2, 4];
    const ids = new Map<number, string>();
    for (const run of runs) ids.set(run, await put({ run }));
    const branch = await put({ branch: 'feature/x', run: 9 });
    const other = await put({ service: 'web-api', run: 1 });
    await begin();
    await rebuild();

    const records = new ArtifactRecords(test.database.db);
    const listed = await records.list({ service: 'web', branch: 'main' }, 10);
    expect(listed.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1].map((run) => ids.get(run)));
    expect(listed.every(({ state, proven }) => state === 'ready' && proven)).toBe(true);
    expect((await records.head('web', 'main'))?.id).toBe(ids.get(5));
    expect((await records.head('web', 'feature/x'))?.id).toBe(branch);
    expect((await records.find(other))?.environments['dev']?.objects).toHaveLength(1);
    expect(await test.database.db('services').orderBy('name').pluck('name')).toEqual(['web', 'web-api']);
    const kinds: string[] = await test.database.db('ledger').distinct('kind').pluck('kind');
    expect(new Set(kinds)).toEqual(new Set(['service.registered', 'artifact.rebuilt']));
    const { rows } = await test.database.db.raw<{ rows: { made: string | null }[] }>(
      "select to_regclass('pgboss.job') as made",
    );
    expect(rows[0]?.made).toBeNull();
    expect(await new RecoveryStore(test.database.db).read()).toMatchObject({ artifacts: 7, storeDone: true });

    await rebuild();
    expect(await new RecoveryStore(test.database.db).read()).toMatchObject({ artifacts: 7 });
  });

  it('go on where a killed process ended, whatever it left', async () => {
    for (const service of ['a', 'b', 'c']) for (const run of [2, 1]) await put({ service, run });
    const lostAt = await begin();
    for (let kill = 0; kill < 5; kill += 1) {
      const killed = new AbortController();
      let reads = 0;
      const dying = { ...store, list: store.list.bind(store), check: store.check.bind(store) } as ArtifactStore;
      dying.read = async (key, limit) => {
        reads += 1;
        if (reads > 1) killed.abort(new Error('killed'));
        return store.read(key, limit);
      };
      const { storeAt } = await new RecoveryStore(test.database.db).read();
      await rebuildArtifacts({ ...deps(), store: dying }, { lostAt, storeAt, signal: killed.signal }).catch(
        () => undefined,
      );
    }
    await rebuild();
    const rows: { service: string; run: string }[] = await test.database
      .db('artifacts')
      .orderBy(['service', 'seq'])
      .select('service', test.database.db.raw("spec->'ci'->>'runNumber' as run"));
    expect(rows.map(({ service, run }) => `${service}${run}`)).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2']);
    expect(await new RecoveryStore(test.database.db).read()).toMatchObject({ artifacts: 6, storeDone: true });
  });

  it('that are spoiled are named, not taken, and not looked at again', async () => {
    await store.write('artifacts/web/main-0123456789-0123456789.zip', Buffer.from('no zip'));
    const id = await put({ run: 1 });
    await store.copy(`artifacts/web/${id}.zip`, 'artifacts/other/main-0123456789-abcdef0123.zip');
    await begin();
    await rebuild();
    const skipped = await new RecoveryStore(test.database.db).skipped(10);
    expect(skipped.map(({ key }) => key)).toEqual([
      'artifacts/other/main-0123456789-abcdef0123.zip',
      'artifacts/web/main-0123456789-0123456789.zip',
    ]);
    expect(skipped[0]?.problem).toContain(`artifacts/web/${id}.zip`);
    expect(await test.database.db('artifacts').pluck('id')).toEqual([id]);
    expect(await checkRecovery(test.database)).toMatchObject([
      { status: 'warning' },
      { name: 'other managers', status: 'ok' },
      { message: expect.stringContaining('other') as string },
    ]);

    await new RecoveryStore(test.database.db).resumed(new Date());
    await lookThroughStore(deps(), never);
    expect(await new RecoveryStore(test.database.db).read()).toMatchObject({ state: 'whole' });
  });

  it('are believed of their branch only where nobody without a token may bring them', async () => {
    const id = await put({ run: 1 });
    await begin();
    await rebuild(false);
    expect((await new ArtifactRecords(test.database.db).find(id))?.proven).toBe(false);
  });
});

describe('a backup from before the verdict', () => {
  const row = (id: string, at: Date) => ({
    id,
    service: 'web',
    branch: 'main',
    sha: '0'.repeat(40),
    state: 'uploaded',
    spec: jsonb({ source: {} }),
    zip_sha256: '0'.repeat(64),
    zip_size: 1,
    registered_by: jsonb({ kind: 'admin' }),
    registered_at: at,
    updated_at: at,
  });

  it('learns the verdict, and leaves alone what is being uploaded now', async () => {
    const before = await put({ run: 1 });
    const now = await put({ run: 2 });
    const { db } = test.database;
    const actor = jsonb({ kind: 'admin' });
    const at = new Date(Date.now() - 3_600_000);
    await db('services').insert({
      name: 'web',
      namespaces: jsonb({ default: 'shop' }),
      registered_by: actor,
      registered_at: at,
      updated_at: at,
    });
    await db('artifacts').insert(row(before, at));
    await begin();
    await db('artifacts').insert(row(now, new Date()));
    await rebuild();
    expect(await db('artifacts').orderBy('id').select('id', 'state')).toEqual(
      [
        { id: before, state: 'ready' },
        { id: now, state: 'uploaded' },
      ].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
  });

  it('is not suspected of an upload that a killed process was verifying', async () => {
    const id = await put({ run: 1 });
    const { db } = test.database;
    const actor = jsonb({ kind: 'admin' });
    const at = new Date();
    const service = { name: 'web', namespaces: jsonb({ default: 'shop' }) };
    await db('services').insert({ ...service, registered_by: actor, registered_at: at, updated_at: at });
    await store.write('uploads/web/upl_1.zip', Buffer.from('still here'));
    await db('artifacts').insert({ ...row(id, at), upload_key: 'uploads/web/upl_1.zip' });
    await lookThroughStore(deps(), never);
    expect(await new RecoveryStore(db).read()).toMatchObject({ state: 'whole' });
    // Even after a real loss it is left to who verifies it, who tells automation of it.
    await begin();
    await rebuild();
    expect(await db('artifacts').pluck('state')).toEqual(['uploaded']);
  });

  it('is noticed at the start, although nothing was released since', async () => {
    await lookThroughStore(deps(), never);
    expect(await new RecoveryStore(test.database.db).read()).toMatchObject({ state: 'whole' });
    const id = await put({ run: 1 });
    await lookThroughStore(deps(), never);
    const { state, reason } = await new RecoveryStore(test.database.db).read();
    expect(state).toBe('rebuilding');
    expect(reason).toContain(id);
  });
});
