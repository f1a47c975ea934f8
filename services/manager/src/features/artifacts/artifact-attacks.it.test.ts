import { artifactId } from '@release-manager/domain';
import { jsonb, type Database } from '@release-manager/postgres';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Principal } from '../../http/index.ts';
import {
  announce,
  ciToken,
  codeOf,
  configMap,
  openArtifactRoom,
  pack,
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

function tokenFor(services: readonly string[], branches: readonly string[]): Principal {
  const principal = ciToken(...services);
  return principal.token === undefined
    ? principal
    : { ...principal, token: { ...principal.token, branches: [...branches] } };
}

function stored(service: string, id: string): Promise<Buffer | undefined> {
  return room.store.read(`artifacts/${service}/${id}.zip`, 1024 * 1024).then(
    (bytes) => bytes,
    () => undefined,
  );
}

describe('A6 manifests that reach beyond their service', () => {
  const object = (kind: string, apiVersion: string, more = ''): string =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: evil\n${more}`;

  it.each([
    ['a ClusterRole', object('ClusterRole', 'rbac.authorization.k8s.io/v1')],
    ['a CustomResourceDefinition', object('CustomResourceDefinition', 'apiextensions.k8s.io/v1')],
    ['a webhook', object('MutatingWebhookConfiguration', 'admissionregistration.k8s.io/v1')],
    ['a Namespace', object('Namespace', 'v1')],
    ['another namespace', object('ConfigMap', 'v1', '  namespace: kube-system\n')],
    ['a Flux Kustomization', object('Kustomization', 'kustomize.toolkit.fluxcd.io/v1', 'spec: { path: ./prod }\n')],
    ['a kind that is a path', object('../../x', 'v1')],
    ['a name that is a path', object('ConfigMap', 'v1').replace('evil', '../evil')],
  ])('A6 refuses %s', async (what, text) => {
    const service = `scope-${what.replaceAll(/[^a-z]+/gi, '-').toLowerCase()}`;
    const files = { 'dev/evil.yaml': text, 'prod/config.yaml': configMap(service) };
    const artifact = await room.push(await pack({ service, files }));
    expect(artifact.environments['dev']).toMatchObject({ state: 'rejected' });
    expect(artifact.environments['dev']?.problems[0]).toMatchObject({ file: 'evil.yaml' });
    expect(artifact.environments['prod']).toMatchObject({ state: 'ready' });
  });
});

describe('A7 an artifact that is not what it says', () => {
  it('A7 refuses a service, a branch or a commit that the token does not speak for', async () => {
    const packed = await pack({ service: 'mine', branch: 'feature/x' });
    const register = (principal: Principal) => codeOf(room.service.register(principal, packed));
    expect(await register(tokenFor(['theirs'], ['**']))).toBe('access.forbidden');
    expect(await register(tokenFor(['mine'], ['main']))).toBe('access.forbidden');
    const otherCommit = { ...packed.spec, source: { ...packed.spec.source, sha: 'f'.repeat(40) } };
    const lie = room.service.register(ciToken('mine'), { ...packed, spec: otherCommit });
    expect(await codeOf(lie)).toBe('artifact.id-mismatch');
  });

  it('A7 keeps what was verified when other bytes are registered under the same id', async () => {
    const packed = await pack({ service: 'twice' });
    await room.push(packed);
    const forged = await pack({ service: 'twice', files: { 'dev/config.yaml': configMap('twice', 'forged') } });
    const again = await room.service.register(ciToken('twice'), { ...announce(forged.zip), spec: packed.spec });
    expect(again.upload).toBeUndefined();
    expect(await stored('twice', packed.spec.id)).toEqual(packed.zip);
  });

  it('A7 takes no other bytes than those that were announced', async () => {
    const packed = await pack({ service: 'checksum' });
    const { upload } = await room.service.register(ciToken('checksum'), packed);
    const other = Buffer.from(packed.zip);
    other.writeUInt8(other.readUInt8(20) ^ 1, 20);
    expect(await codeOf(room.upload(upload, other))).toBe('storage.upload-checksum');
    expect(await codeOf(room.upload(upload, Buffer.concat([other, other])))).toBe('storage.upload-size');
    expect(await codeOf(room.service.complete(ciToken('checksum'), packed.spec.id))).not.toBe('nothing was thrown');
  });

  it('A7 takes nothing by an address that has expired or was made for another object', async () => {
    const packed = await pack({ service: 'expired' });
    const target = await room.store.presignUpload('uploads/expired/0123456789abcdef.zip', packed, -1);
    expect(await codeOf(room.upload(target, packed.zip))).toBe('storage.upload-expired');
    const { upload } = await room.service.register(ciToken('expired'), packed);
    const url = upload?.url ?? '';
    const tampered = `${url.slice(0, -1)}${url.endsWith('A') ? 'B' : 'A'}`;
    expect(upload && (await codeOf(room.upload({ ...upload, url: tampered }, packed.zip)))).toBe(
      'storage.upload-token',
    );
    expect(await room.objects('uploads/expired/')).toEqual([]);
  });

  it('A7 changes nothing when the address is used again after the verdict', async () => {
    const packed = await pack({ service: 'reused' });
    const { upload } = await room.service.register(ciToken('reused'), packed);
    await room.upload(upload, packed.zip);
    await room.service.complete(ciToken('reused'), packed.spec.id);
    const seconds = { seconds: 20, signal: AbortSignal.timeout(20_000) };
    const first = await room.service.show(packed.spec.id, seconds);
    const other = await pack({ service: 'reused', files: { 'dev/config.yaml': configMap('reused', 'other') } });
    expect(await codeOf(room.upload(upload, other.zip))).toMatch(/^storage\.upload-(checksum|size)$/);
    await room.upload(upload, packed.zip);
    await room.service.complete(ciToken('reused'), packed.spec.id);
    expect(await room.service.show(packed.spec.id, seconds)).toMatchObject({ verifiedAt: first.verifiedAt });
    expect(await stored('reused', packed.spec.id)).toEqual(packed.zip);
  });
});

describe('A8 names that begin alike', () => {
  it.each([
    ['master', 'master-x'],
    ['a/b', 'a_b'],
    ['a/b', 'a-b'],
    ['Main', 'main'],
  ])('A8 keeps the heads of %s and %s apart', async (left, right) => {
    const service = `apart-${Buffer.from(left + right).toString('hex')}`.slice(0, 40);
    const [one, two] = [await pack({ service, branch: left }), await pack({ service, branch: right })];
    expect(one.spec.id).not.toBe(two.spec.id);
    await room.push(one);
    await room.push(two);
    const records = new ArtifactRecords(database.db);
    expect((await records.head(service, left))?.id).toBe(one.spec.id);
    expect((await records.head(service, right))?.id).toBe(two.spec.id);
    expect((await room.service.list({ service, branch: left }, 10)).map(({ id }) => id)).toEqual([one.spec.id]);
  });

  it('A8 lets a token for one name say nothing of a longer one', async () => {
    const packed = await pack({ service: 'api-x', branch: 'master' });
    expect(await codeOf(room.service.register(tokenFor(['api'], ['**']), packed))).toBe('access.forbidden');
    const longer = await pack({ service: 'api-y', branch: 'master-x' });
    expect(await codeOf(room.service.register(tokenFor(['api-y'], ['master']), longer))).toBe('access.forbidden');
  });

  it('A8 keeps the objects of `api` and `api-x` apart in the store', async () => {
    const [api, apiX] = [await pack({ service: 'api' }), await pack({ service: 'api-x' })];
    await room.push(api);
    await room.push(apiX);
    expect(await room.objects('artifacts/api/')).toEqual([`artifacts/api/${api.spec.id}.zip`]);
    expect(await room.objects('artifacts/api-x/')).toEqual([`artifacts/api-x/${apiX.spec.id}.zip`]);
  });

  it('A8 lists each of more than a thousand artifacts once, and none of a service with a longer name', async () => {
    const services = ['many', 'many-x'];
    const at = new Date('2026-01-01T00:00:00Z');
    const by = jsonb({ kind: 'admin' });
    const namespaces = { namespaces: jsonb({ default: 'shop' }), registered_by: by, registered_at: at, updated_at: at };
    await database.db('services').insert(services.map((name) => ({ name, ...namespaces })));
    const rows = services.flatMap((service) =>
      Array.from({ length: 1_050 }, (_, index) => {
        const identity = { service, branch: 'main', sha: index.toString(16).padStart(40, '0') };
        const id = artifactId(identity, []);
        return {
          ...identity,
          id,
          state: 'ready',
          spec: jsonb({ id }),
          zip_sha256: '0'.repeat(64),
          zip_size: 1,
          registered_by: by,
          registered_at: at,
          updated_at: at,
        };
      }),
    );
    await database.db.batchInsert('artifacts', rows, 500);
    const listed: string[] = [];
    for (let before: number | undefined; ;) {
      const page = await room.service.list({ service: 'many' }, 500, before);
      listed.push(...page.map(({ id, service }) => `${service} ${id}`));
      before = page.at(-1)?.seq;
      if (page.length < 500) break;
    }
    const expected = rows.slice(0, 1_050).map(({ service, id }) => `${service} ${id}`);
    expect(listed).toEqual(expected.toReversed());
  });
});
