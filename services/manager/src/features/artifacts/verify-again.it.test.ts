import { parseConfig } from '@release-manager/config-repo';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { configMap, openArtifactRoom, pack, sha, type ArtifactRoom, type Packed } from './artifact-room.testing.ts';
import { artifactKey, type Artifact } from './artifact.ts';
import { takeIn } from './take-in.ts';

let opened: TestDatabase;
let room: ArtifactRoom;

beforeEach(async () => {
  opened = await testDatabase();
  room = await openArtifactRoom(opened.database, { working: true });
});
afterEach(async () => {
  await room.close();
  await opened.drop();
});

const clusterRole = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: web\nrules: []\n';

/** Ready for prod, which may have a ClusterRole, and rejected for dev and staging, which may not. */
function artifact(spec: Parameters<typeof pack>[0]['spec'] = {}): Promise<Packed> {
  const files = ['dev', 'staging', 'prod'].flatMap((name) => [
    [`${name}/config.yaml`, configMap('web')] as const,
    [`${name}/role.yaml`, clusterRole] as const,
  ]);
  return pack({ service: 'web', files: Object.fromEntries(files), spec });
}

/** From now on these environments may have a ClusterRole. */
function allowIn(...names: string[]): void {
  const line = (name: string) =>
    names.includes(name) ? `  - { name: ${name}, allowKinds: [ClusterRole] }\n` : `  - { name: ${name} }\n`;
  const text = `environments:\n${['dev', 'staging', 'prod'].map(line).join('')}`;
  room.config.snapshot = parseConfig('beef', new Map([['release-manager.yaml', Buffer.from(text)]]));
}

const statesOf = ({ environments }: Artifact) =>
  Object.fromEntries(Object.entries(environments).map(([name, { state }]) => [name, state]));

const told = (): Promise<string[]> =>
  opened.database.db('ledger').where({ kind: 'artifact.ready' }).orderBy('id').pluck<string[]>('cause');

/** Automation hears of it by a job. */
async function untilTold(times: number): Promise<void> {
  while (room.ready.length < times) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('what was rejected is judged by the rules of now when it is pushed again, and automation hears of it once', async () => {
  const packed = await artifact();
  const { id } = packed.spec;
  expect(statesOf(await room.push(packed))).toEqual({ dev: 'rejected', staging: 'rejected', prod: 'ready' });
  await untilTold(1);

  allowIn('dev', 'prod');
  const again = await room.push(packed);
  expect(statesOf(again)).toEqual({ dev: 'ready', staging: 'rejected', prod: 'ready' });
  expect(again).toMatchObject({ state: 'ready', zipSha256: packed.sha256 });
  expect(again.environments['dev']).toMatchObject({ problems: [], files: 2, namespace: 'shop' });
  expect(again.environments['prod']).not.toHaveProperty('readySince');
  expect(again.environments['dev']?.readySince).toBe(again.verifiedAt?.toISOString());
  await untilTold(2);
  expect(room.ready).toEqual([id, id]);

  expect(await room.push(packed)).toEqual(again);
  expect(await told()).toEqual([
    expect.stringContaining(`${id} was verified: rejected in dev, staging`),
    expect.stringContaining(`${id} was verified again: ready in dev too, still rejected in staging: `),
  ]);
});

test('what was ready stays so, whatever the rules of now would say of it', async () => {
  const packed = await artifact();
  await room.push(packed);
  allowIn('staging');
  const again = await room.push(packed);
  expect(statesOf(again)).toEqual({ dev: 'rejected', staging: 'ready', prod: 'ready' });
});

test('the bytes that were kept are judged, and never others that come with the same id', async () => {
  const first = await artifact();
  const kept = await room.push(first);
  const other = await artifact({ checks: [{ kind: 'test', name: 'unit', status: 'passed' }] });
  expect(other.spec.id).toBe(first.spec.id);
  expect(other.sha256).not.toBe(first.sha256);
  allowIn('dev', 'prod');
  const again = await room.push(other);
  expect(statesOf(again)).toMatchObject({ dev: 'ready' });
  expect(again.zipSha256).toBe(first.sha256);
  expect(again.spec.checks).toEqual([expect.objectContaining({ name: 'unit' })]);
  expect(await room.store.read(artifactKey(kept), 1_000_000)).toEqual(first.zip);
  expect(await room.objects('uploads/')).toEqual([]);
});

test('two that push it at once change it once', async () => {
  const packed = await artifact();
  await room.push(packed);
  allowIn('dev', 'staging', 'prod');
  const both = await Promise.all([room.push(packed), room.push(packed)]);
  for (const one of both) expect(statesOf(one)).toEqual({ dev: 'ready', staging: 'ready', prod: 'ready' });
  expect(await told()).toHaveLength(2);
});

test('while the rules stay as they are, nothing is written', async () => {
  const packed = await artifact();
  const first = await room.push(packed);
  expect(await room.push(packed)).toEqual(first);
  expect(await told()).toHaveLength(1);
});

test('a zip that comes through the bucket again has the same effect', async () => {
  const packed = await artifact();
  await room.push(packed);
  allowIn('dev', 'prod');
  const taken = await takeIn(room.deps, { ...packed, proven: false, actor: { kind: 'manager' } });
  expect(statesOf(taken)).toEqual({ dev: 'ready', staging: 'rejected', prod: 'ready' });
  expect(taken).toMatchObject({ proven: true, sha });
});

test('a store that is away is said, and the next push does it', async () => {
  const packed = await artifact();
  const { id } = await room.push(packed);
  allowIn('dev', 'prod');
  await room.store.remove(`artifacts/web/${id}.zip`);
  await expect(room.push(packed)).rejects.toMatchObject({ code: 'storage.not-found' });
  await room.store.write(`artifacts/web/${id}.zip`, packed.zip);
  expect(statesOf(await room.push(packed))).toMatchObject({ dev: 'ready' });
});
