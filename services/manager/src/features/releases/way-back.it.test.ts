import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseTrailers } from '@release-manager/config-repo';
import { newId, type ArtifactFile } from '@release-manager/domain';
import { createMirror, noCredentials } from '@release-manager/git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ada, manifests, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import type { Artifact } from '../artifacts/index.ts';
import { ReleaseStore, type Release } from './index.ts';
import { readReleasedFolder, type ReleasedFolder } from './writer/released-folder.ts';

let room: ReleaseRoom;
/** Each test has a service of its own. */
let service = '';
let count = 0;

beforeAll(async () => {
  room = await openReleaseRoom();
});
afterAll(() => room.close());
beforeEach(() => {
  count += 1;
  service = `web-${count}`;
});

/** An artifact that is committed to prod. */
async function released(text: string, name = service, rendered?: readonly ArtifactFile[]): Promise<Artifact> {
  const environments = rendered === undefined ? {} : { environments: { prod: rendered } };
  const artifact = await room.artifact({ service: name, text, ...environments });
  const request = { service: name, environments: ['prod'], what: { artifact: artifact.id } };
  const { outcomes } = await room.service.request(ada, request);
  await room.write();
  expect(await room.release(outcomes[0]?.release?.id ?? '')).toMatchObject({ state: 'committed' });
  return artifact;
}

/** What a rollback is once it is accepted: a release in the queue. */
async function goBack(artifactId: string): Promise<Release> {
  const at = new Date();
  const { id } = await new ReleaseStore(room.database.db).insert({
    id: newId('rel', at),
    requestId: newId('req', at),
    service,
    environment: 'prod',
    artifactId,
    intent: 'rollback',
    automatic: false,
    state: 'queued',
    actor: ada,
    author: { name: 'Ada L.', email: 'ada@example.com' },
    reason: 'the cart is empty',
    requestedAt: at,
  });
  await room.write();
  return room.release(id);
}

const folder = (): string => `prod/releases/shop/${service}`;

/** The manifests of a commit, without the ids in their stamp. */
async function files(commit = 'main'): Promise<string> {
  const texts = await Promise.all(
    ['config.yaml', 'deployment.yaml'].map((file) => room.git('show', `${commit}:${folder()}/${file}`)),
  );
  return texts.join('---\n').replaceAll(/rel_[0-9a-z]{26}/g, 'rel');
}

async function mainFile(text: string): Promise<void> {
  await room.personPushes({ 'release-manager.yaml': text });
  await room.repo.refresh();
}

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'way-back-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true, maxRetries: 10 }));

const lastMessage = async (): Promise<string> => room.git('log', '-1', '--format=%B', 'main');

describe('a way back', () => {
  it('is committed with why and what it took the place of, and the record of that says so', async () => {
    const good = await released('one');
    const before = await files();
    const bad = await released('two');
    const back = await goBack(good.id);
    expect(back).toMatchObject({ state: 'committed', replacedArtifactId: bad.id, decision: { verdict: 'allowed' } });
    expect(back.decision?.opinions.map(({ rule }) => rule)).toContain('way-back');
    expect(await files()).toBe(before);
    expect(parseTrailers(await lastMessage())).toMatchObject({
      intent: 'rollback',
      reason: 'the cart is empty',
      artifactId: good.id,
      replaces: bad.id,
    });
    const [last, first] = await new ReleaseStore(room.database.db).list({ service }, 3, back.seq);
    expect(last).toMatchObject({ artifactId: bad.id, rolledBackBy: back.id });
    expect(first?.rolledBackBy).toBeUndefined();
  });

  it('is open whatever the rules say today, even when nobody can read them', async () => {
    const good = await released('one');
    await released('two');
    await mainFile(
      'environments:\n  - { name: dev }\n  - { name: prod }\npolicies:\n  - { kind: branch-restriction, environment: prod, branch: release }\n  - { kind: what, environment: prod }\n',
    );
    await room.personPushes({ [`policies/${service}.yaml`]: `service: ${service}\npolicies: [{ kind: what }]\n` });
    await room.repo.refresh();
    expect(await goBack(good.id)).toMatchObject({ state: 'committed' });
    await mainFile('environments:\n  - { name: dev }\n  - { name: prod }\n');
  });

  it('is none to what never was there', async () => {
    await released('one');
    const never = await room.artifact({ service, text: 'never' });
    expect(await goBack(never.id)).toMatchObject({
      state: 'denied',
      failure: { next: `release it with \`release-cli release --artifact ${never.id} prod --service ${service}\`` },
    });
  });

  it('is none where the environment no longer allows what it holds', async () => {
    const role = `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: ${service} }\nrules: []\n`;
    const good = await released('one', service, [
      ...manifests(service, 'one'),
      { path: 'role.yaml', content: Buffer.from(role) },
    ]);
    const declared = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: service };
    await room.database.db.raw(
      `update artifacts set environments = jsonb_set(environments, '{prod,objects}', environments->'prod'->'objects' || ?::jsonb)
       where id = ?`,
      [JSON.stringify([{ ...declared, namespace: '', file: 'role.yaml' }]), good.id],
    );
    await released('two');
    expect(await goBack(good.id)).toMatchObject({
      state: 'denied',
      failure: { code: 'plan.kind-not-allowed', message: expect.stringContaining(`ClusterRole/${service}`) as string },
    });
    // The same, when it comes out of history and is judged anew.
    room.loader.broken.add(good.id);
    expect(await goBack(good.id)).toMatchObject({ state: 'denied', failure: { code: 'plan.manifests' } });
  });

  it('is none where another service owns now what it would bring back', async () => {
    const good = await released('one');
    await released('two', service, manifests(`other-${service}`, 'two'));
    await released('x', `thief-${service}`, manifests(service, 'x'));
    expect((await goBack(good.id)).failure).toMatchObject({
      code: 'plan.foreign-object',
      message: expect.stringContaining(`thief-${service}`) as string,
    });
    await forget(good.id);
    expect((await goBack(good.id)).failure).toMatchObject({ code: 'plan.foreign-object' });
  });

  it('is none into another namespace, when the manifests name the one of then', async () => {
    const fixed = manifests(service, 'one').map(({ path, content }) => ({
      path,
      content: Buffer.from(Buffer.from(content).toString().replace('metadata:\n', 'metadata:\n  namespace: shop\n')),
    }));
    const good = await released('one', service, fixed);
    await released('two');
    const moved = { namespaces: JSON.stringify({ default: 'moved' }) };
    await room.database.db('services').where({ name: service }).update(moved);
    expect(await goBack(good.id)).toMatchObject({
      state: 'denied',
      failure: { code: 'plan.manifests', message: expect.stringContaining('namespace shop') as string },
    });
  });
});

/** As if it had never been recorded. */
async function forget(id: string): Promise<void> {
  await room.database.db('branch_heads').where({ artifact_id: id }).del();
  await room.database.db('artifacts').where({ id }).del();
}

describe('what the artifact store lost', () => {
  it.each(['is gone', 'is away'])('comes back from the history of the config repo when the store %s', async (how) => {
    const good = await released('one');
    const before = await files();
    await released('two');
    if (how === 'is gone') room.loader.broken.add(good.id);
    else room.loader.files.delete(good.id);
    expect(await goBack(good.id)).toMatchObject({ state: 'committed', artifactId: good.id });
    expect(await files()).toBe(before);
    expect(JSON.parse(await room.git('show', `main:${folder()}/artifact.json`))).toMatchObject({ id: good.id });
  });

  it('comes back from history when nobody remembers the artifact at all', async () => {
    const good = await released('one');
    const before = await files();
    await released('two');
    await forget(good.id);
    expect(await goBack(good.id)).toMatchObject({ state: 'committed' });
    expect(await files()).toBe(before);
  });

  it('stays lost to everything that is no rollback', async () => {
    const good = await released('one');
    await released('two');
    room.loader.broken.add(good.id);
    const request = { service, environments: ['prod'], what: { artifact: good.id } };
    const { outcomes } = await room.service.request(ada, request);
    await room.write();
    expect(await room.release(outcomes[0]?.release?.id ?? '')).toMatchObject({ state: 'denied' });
  });

  it('is refused when history does not hold it either, with what could be put back', async () => {
    const oldest = await released('zero');
    const good = await released('one');
    await released('two');
    room.loader.broken.add(good.id);
    const elsewhere = { commit_sha: 'e'.repeat(40), tree_oid: 'd'.repeat(40) };
    await room.database.db('releases').where({ artifact_id: good.id }).update(elsewhere);
    const { state, failure } = await goBack(good.id);
    expect({ state, failure }).toMatchObject({ state: 'denied', failure: { code: 'plan.artifact-lost' } });
    expect(failure?.next).toContain(oldest.id);
  });
});

it('reads a history that was rewritten, where the folder is as it was committed, and a commit that this clone lacks', async () => {
  const good = await released('one');
  const before = await files();
  await released('two');
  const [, release] = await new ReleaseStore(room.database.db).list({ service }, 2);
  if (release === undefined) throw new Error('it was not released');
  const fresh = (name: string) =>
    createMirror({
      folder: join(scratch, name),
      url: room.server.url('config.git'),
      branch: 'main',
      credentials: noCredentials,
    });
  const read = async (name: string, change: Partial<Release> = {}) => {
    const mirror = fresh(name);
    await mirror.fetch();
    return readReleasedFolder(mirror, { ...release, ...change });
  };
  const manifest = (folder: ReleasedFolder | undefined): string =>
    ['config.yaml', 'deployment.yaml']
      .map((path) => Buffer.from(folder?.files.find((file) => file.path === path)?.content ?? '').toString())
      .join('---\n')
      .replaceAll(/rel_[0-9a-z]{26}/g, 'rel');
  expect(manifest(await read('shallow'))).toBe(before);
  await rewrite();
  const rewritten = await read('rewritten');
  expect(rewritten).toMatchObject({ spec: { id: good.id }, namespace: 'shop' });
  expect(manifest(rewritten)).toBe(before);
  expect(await read('other', { treeOid: 'd'.repeat(40) })).toBeUndefined();
  expect(await read('another', { artifactId: 'main-0000000000-0000000000' })).toBeUndefined();
});

/** Every commit of the branch gets another id, and the old ones are gone. */
async function rewrite(): Promise<void> {
  let parent: string[] = [];
  for (const commit of (await room.git('rev-list', '--reverse', 'main')).trim().split('\n')) {
    const message = await room.git('log', '-1', '--format=%B', commit);
    const made = await room.git('commit-tree', `${commit}^{tree}`, '-m', message.trim(), ...parent);
    parent = ['-p', made.trim()];
  }
  await room.git('update-ref', 'refs/heads/main', parent[1] ?? '');
  await room.git('gc', '--quiet', '--prune=now');
}
