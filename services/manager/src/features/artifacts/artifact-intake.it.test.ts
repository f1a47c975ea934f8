import type { Database } from '@release-manager/postgres';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ServiceRecords } from '../services/index.ts';
import {
  announce,
  ciToken,
  codeOf,
  configMap,
  openArtifactRoom,
  pack,
  sha,
  type ArtifactRoom,
} from './artifact-room.testing.ts';
import { ArtifactRecords } from './index.ts';

let test: TestDatabase;
let database: Database;
let room: ArtifactRoom;

beforeAll(async () => {
  test = await testDatabase();
  ({ database } = test);
  room = await openArtifactRoom(database, { working: true });
});
afterAll(async () => {
  await room.close();
  await test.drop();
});

async function ledgerOf(id: string): Promise<string[]> {
  return database.db('ledger').where({ artifact_id: id }).orderBy('id').pluck<string[]>('kind');
}

describe('from registration to ready', () => {
  it('keeps the bytes, records every step and tells automation once', async () => {
    const packed = await pack({ service: 'web' });
    const artifact = await room.push(packed);
    expect(artifact).toMatchObject({ state: 'ready', problems: [], service: 'web', branch: 'main' });
    expect(Object.keys(artifact.environments)).toEqual(['dev', 'prod']);
    expect(artifact.environments['dev']?.objects).toEqual([
      { apiGroup: '', kind: 'ConfigMap', namespace: 'shop', name: 'web', file: 'config.yaml' },
    ]);
    expect(await ledgerOf(artifact.id)).toEqual(['artifact.registered', 'artifact.uploaded', 'artifact.ready']);
    expect(await room.store.read(`artifacts/web/${artifact.id}.zip`, packed.size)).toEqual(packed.zip);
    await expect.poll(() => room.ready).toContain(artifact.id);
    await expect.poll(() => room.objects('uploads/web/')).toEqual([]);
    expect((await new ArtifactRecords(database.db).head('web', 'main'))?.id).toBe(artifact.id);
  });

  it('takes a retry of the same build as a no-op', async () => {
    const packed = await pack({ service: 'retried' });
    const first = await room.push(packed);
    const again = await room.service.register(ciToken('retried'), packed);
    expect(again.upload).toBeUndefined();
    expect(again.artifact).toMatchObject({ state: 'ready', verifiedAt: first.verifiedAt });
    expect((await room.service.complete(ciToken('retried'), first.id)).state).toBe('ready');
    expect(await ledgerOf(first.id)).toEqual(['artifact.registered', 'artifact.uploaded', 'artifact.ready']);
    expect(room.ready.filter((id) => id === first.id).length).toBeLessThanOrEqual(1);
  });

  it('takes over the checks of a retry, and says so only when they are new', async () => {
    const passed = { kind: 'test', name: 'unit', status: 'passed' } as const;
    const packed = await pack({ service: 'checked', spec: { checks: [{ ...passed, status: 'running' }] } });
    const { id } = await room.push(packed);
    const scan = { kind: 'scan', name: 'images', status: 'failed' } as const;
    const retry = await pack({ service: 'checked', spec: { checks: [passed, scan] } });
    const { artifact } = await room.service.register(ciToken('checked'), retry);
    expect(artifact.spec.checks).toEqual([passed, scan]);
    await room.service.register(ciToken('checked'), retry);
    expect((await ledgerOf(id)).filter((kind) => kind === 'artifact.checks-changed')).toHaveLength(1);
  });

  it('lets two runs of one build register, upload and complete at once', async () => {
    const packed = await pack({ service: 'twice' });
    const verdicts = await Promise.all([1, 2, 3].map(() => room.push(packed)));
    expect(verdicts.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
    await expect.poll(() => room.ready.filter((id) => id === packed.spec.id)).toHaveLength(1);
    expect((await ledgerOf(packed.spec.id)).filter((kind) => kind === 'artifact.ready')).toHaveLength(1);
  });
});

describe('refused at the door', () => {
  it('does not let a ci token speak for another service or branch', async () => {
    const packed = await pack({ service: 'guarded' });
    expect(await codeOf(room.service.register(ciToken('other'), packed))).toBe('access.forbidden');
    await room.service.register(ciToken('guarded'), packed);
    expect(await codeOf(room.service.complete(ciToken('other'), packed.spec.id))).toBe('access.forbidden');
  });

  it('refuses what is too large, and an id that cannot be one of this commit', async () => {
    const packed = await pack({ service: 'large' });
    const register = (change: object) => codeOf(room.service.register(ciToken('large'), { ...packed, ...change }));
    expect(await register({ size: 64 * 1024 * 1024 + 1 })).toBe('artifact.too-large');
    const spec = { ...packed.spec, id: 'main-0123456789-0123456789' };
    expect(await register({ spec })).toBe('artifact.id-mismatch');
    expect(await new ServiceRecords(database.db).find('large')).toBeUndefined();
  });

  it('refuses an id that another service has', async () => {
    const packed = await pack({ service: 'first' });
    await room.service.register(ciToken('first'), packed);
    const other = await pack({ service: 'second', spec: { id: packed.spec.id } });
    expect(await codeOf(room.service.register(ciToken('second'), other))).toBe('artifact.id-taken');
    expect(await new ServiceRecords(database.db).find('second')).toBeUndefined();
  });

  it('holds a service to its namespace, owner and repository, naming the command that changes them', async () => {
    await room.push(await pack({ service: 'bound', spec: { owner: 'checkout' } }));
    const refusal = async (change: Parameters<typeof pack>[0]) =>
      room.service.register(ciToken('bound'), await pack(change)).catch((error: unknown) => error);
    expect(await refusal({ service: 'bound', spec: { namespaces: { default: 'kube-system' } } })).toMatchObject({
      kind: 'conflict',
      code: 'service.namespace-bound',
      next: expect.stringContaining('release-cli service set bound --namespace kube-system') as string,
    });
    expect(await refusal({ service: 'bound', spec: { namespaces: { dev: 'elsewhere' } } })).toMatchObject({
      next: expect.stringContaining('--namespace-in dev=elsewhere') as string,
    });
    expect(await refusal({ service: 'bound', spec: { owner: 'payments' } })).toMatchObject({
      code: 'service.owner-bound',
    });
    expect(await refusal({ service: 'bound', source: { repository: 'https://github.com/evil/bound' } })).toMatchObject({
      code: 'service.repository-bound',
    });
    const byEnvironment = await pack({
      service: 'bound',
      spec: { namespaces: { dev: 'shop', prod: 'shop' } },
      source: { repository: 'git@github.com:example/bound.git' },
    });
    expect((await room.service.register(ciToken('bound'), byEnvironment)).artifact.state).toBe('ready');
  });

  it('refuses the names that the layout needs, and the namespace of Flux', async () => {
    const register = async (input: Parameters<typeof pack>[0]) =>
      codeOf(room.service.register(ciToken('**'), await pack(input)));
    expect(await register({ service: 'kustomization' })).toBe('name.service');
    expect(await register({ service: 'x'.repeat(60) })).toBe('name.pair');
    expect(await register({ service: 'flux', spec: { namespaces: { default: 'flux-system' } } })).toBe(
      'service.flux-namespace',
    );
  });

  it('refuses text that the database cannot keep', async () => {
    const register = async (data: Record<string, unknown>) => {
      const check = { kind: 'test', name: 'unit', status: 'passed', data } as const;
      return codeOf(room.service.register(ciToken('**'), await pack({ service: 'nul', spec: { checks: [check] } })));
    };
    expect(await register({ deep: ['a\0b'] })).toBe('text.not-storable');
    expect(await register({ '\ud800': 1 })).toBe('text.not-storable');
    expect(await register({ fine: ['\u0001', '\u{1f600}', 1e300] })).toBe('nothing was thrown');
  });

  it('says that nothing was uploaded', async () => {
    const packed = await pack({ service: 'empty-handed' });
    await room.service.register(ciToken('**'), packed);
    expect(await codeOf(room.service.complete(ciToken('**'), packed.spec.id))).toBe('artifact.not-uploaded');
    expect(await codeOf(room.service.complete(ciToken('**'), 'main-0123456789-0123456789'))).toBe('artifact.not-found');
  });
});

describe('rejected by verification', () => {
  it('rejects a whole archive whose manifests are not those of the id', async () => {
    const packed = await pack({
      service: 'liar',
      tamper: (files) =>
        files.map((file) =>
          file.path === 'dev/config.yaml' ? { ...file, content: Buffer.from(configMap('other')) } : file,
        ),
    });
    const artifact = await room.push(packed);
    expect(artifact).toMatchObject({ state: 'rejected', environments: {} });
    expect(artifact.problems.map(({ rule }) => rule)).toEqual(['artifact.id-mismatch']);
    expect(await room.objects('artifacts/liar/')).toEqual([]);
    expect(room.ready).not.toContain(artifact.id);
  });

  it('rejects an artifact.json that tells another story than the registration', async () => {
    const packed = await pack({ service: 'storyteller' });
    const source = { ...packed.spec.source, author: { name: 'Somebody', email: 'else@example.com' } };
    const artifact = await room.push({ ...packed, spec: { ...packed.spec, source } });
    expect(artifact.problems).toMatchObject([{ file: 'artifact.json', rule: 'artifact.spec-mismatch' }]);
  });

  it('rejects what is no archive, and verifies the same id anew with better bytes', async () => {
    const packed = await pack({ service: 'second-try' });
    const broken = Buffer.from('this is no zip, and it never was');
    const first = await room.push({ ...packed, zip: broken, ...announce(broken) });
    expect(first).toMatchObject({ state: 'rejected', problems: [{ line: 1 }] });
    expect(first.problems[0]?.rule).toMatch(/^archive\./);
    expect(await room.push(packed)).toMatchObject({ state: 'ready', problems: [] });
    const steps = ['artifact.registered', 'artifact.uploaded'];
    expect(await ledgerOf(first.id)).toEqual([...steps, 'artifact.rejected', ...steps, 'artifact.ready']);
  });

  it('can say what is wrong with a name that cannot be said', async () => {
    const packed = await pack({ service: 'unsayable' });
    const text = packed.zip.toString('latin1').replaceAll('dev/config.yaml', 'dev/co\0\x1big.yaml');
    const zip = Buffer.from(text, 'latin1');
    const artifact = await room.push({ ...packed, zip, ...announce(zip) });
    expect(artifact.state).toBe('rejected');
    expect(artifact.problems[0]?.rule).toMatch(/^archive\.path-/);
    expect(JSON.stringify(artifact.problems)).toMatch(/^[\x20-\x7e]+$/);
  });

  it('rejects only the environment whose manifests are bad, with file, line and rule', async () => {
    const foreign = configMap('half').replace('name: half', 'name: half\n  namespace: kube-system');
    const artifact = await room.push(
      await pack({
        service: 'half',
        files: { 'dev/config.yaml': configMap('half'), 'prod/deep/bad.yaml': `---\n${foreign}` },
      }),
    );
    expect(artifact.state).toBe('ready');
    expect(artifact.environments).toMatchObject({
      dev: { state: 'ready', problems: [] },
      prod: { state: 'rejected', problems: [{ file: 'deep/bad.yaml', line: 2, rule: 'manifest.foreign-namespace' }] },
    });
  });

  it('lets cluster-scoped kinds pass only where the environment allows them, and warns of an unknown environment', async () => {
    const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: roles\nrules: []\n';
    const files = { 'dev/r.yaml': role, 'prod/r.yaml': role, 'lab/c.yaml': configMap('roles') };
    const { environments } = await room.push(await pack({ service: 'roles', files }));
    expect(environments).toMatchObject({
      dev: { state: 'rejected', problems: [{ rule: 'manifest.cluster-scoped' }] },
      prod: { state: 'ready' },
      lab: { state: 'ready', warnings: [{ file: 'lab/', rule: 'artifact.unknown-environment' }] },
    });
  });

  it('rejects the artifact when no environment of it can be released', async () => {
    const bad = await pack({ service: 'all-bad', files: { 'dev/bad.yaml': 'kind: ConfigMap\n' } });
    expect(await room.push(bad)).toMatchObject({
      state: 'rejected',
      problems: [],
      environments: { dev: { state: 'rejected' } },
    });
    const empty = await pack({ service: 'comments', files: { 'dev/c.yaml': '# nothing\n' } });
    expect((await room.push(empty)).environments['dev']?.problems).toMatchObject([
      { file: 'dev/', line: 1, rule: 'manifest.empty-environment' },
    ]);
    const unbound = await pack({ service: 'unbound', spec: { namespaces: { dev: 'shop' } } });
    expect((await room.push(unbound)).environments).toMatchObject({
      dev: { state: 'ready' },
      prod: { state: 'rejected', problems: [{ file: 'prod/', rule: 'artifact.no-namespace' }] },
    });
    const none = await pack({ service: 'no-folder', files: {} });
    expect((await room.push(none)).problems).toMatchObject([{ rule: 'artifact.no-environment' }]);
  });

  it('rejects an object that another service has committed, naming both', async () => {
    await database.db('owned_objects').insert({
      environment: 'prod',
      api_group: '',
      kind: 'ConfigMap',
      namespace: 'shop',
      name: 'shared',
      service: 'early-bird',
      file: 'config.yaml',
    });
    const files = { 'dev/c.yaml': configMap('shared'), 'prod/c.yaml': configMap('shared') };
    const { environments } = await room.push(await pack({ service: 'latecomer', files }));
    expect(environments['dev']?.state).toBe('ready');
    expect(environments['prod']).toMatchObject({
      state: 'rejected',
      problems: [{ file: 'c.yaml', line: 1, rule: 'artifact.foreign-object' }],
    });
    expect(environments['prod']?.problems[0]?.message).toMatch(
      /ConfigMap shop\/shared belongs to the service early-bird.*latecomer/,
    );
  });
});

describe('the head of a branch', () => {
  const build = (service: string, text: string, runNumber: number) =>
    pack({
      service,
      sha: sha.replace(/^./, String(runNumber % 10)),
      files: { 'dev/c.yaml': configMap(service, text) },
      spec: {
        ci: { provider: 'github', workflow: 'build', runNumber },
        links: { runbook: `https://example.com/${runNumber}` },
      },
    });

  it('moves to something newer only, and what the service says of itself moves with it', async () => {
    const [older, newer] = [await build('moving', 'one', 1), await build('moving', 'two', 2)];
    const heads = new ArtifactRecords(database.db);
    await room.push(newer);
    await room.push(older);
    expect((await heads.head('moving', 'main'))?.id).toBe(newer.spec.id);
    const third = await build('moving', 'three', 3);
    await room.push(third);
    expect((await heads.head('moving', 'main'))?.id).toBe(third.spec.id);
    expect((await new ServiceRecords(database.db).find('moving'))?.links).toEqual({ runbook: 'https://example.com/3' });
    expect(await heads.head('moving', 'Main')).toBeUndefined();
  });

  it('is the newest, whatever the order in which many are verified at once', async () => {
    const builds = await Promise.all([1, 2, 3, 4, 5].map((run) => build('racing', `run ${run}`, run)));
    await Promise.all(builds.map((packed) => room.push(packed)));
    expect((await new ArtifactRecords(database.db).head('racing', 'main'))?.id).toBe(builds.at(-1)?.spec.id);
  });
});

describe('listing', () => {
  it('pages from the last registered to the first, without the objects', async () => {
    const pushed = [];
    for (const branch of ['a', 'b', 'c']) pushed.push(await room.push(await pack({ service: 'paged', branch })));
    const first = await room.service.list({ service: 'paged' }, 2);
    expect(first.map(({ branch }) => branch)).toEqual(['c', 'b']);
    expect(first[0]?.environments['dev']).toMatchObject({ state: 'ready', files: 1, objects: [] });
    const rest = await room.service.list({ service: 'paged', state: 'ready' }, 2, first[1]?.seq);
    expect(rest.map(({ id }) => id)).toEqual([pushed[0]?.id]);
    expect(await room.service.list({ service: 'paged', branch: 'nothing' }, 2)).toEqual([]);
  });
});
