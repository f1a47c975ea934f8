import { jsonb } from '@release-manager/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ada, manifests } from '../../testing/release-room.ts';
import { holdTarget } from '../holds/index.ts';
import { createRollbackRoutes } from '../rollbacks/index.ts';
import { commentMarker } from './comment-text.ts';
import { lookAgainByRules, lookAtRollouts } from './index.ts';
import { openPullRequestRoom, policiesOf, shaOf, type PullRequestRoom } from './pull-request-room.testing.ts';

let room: PullRequestRoom;

/** The service of one test. */
let web: string;

beforeAll(async () => {
  room = await openPullRequestRoom();
});
afterAll(() => room.close());
beforeEach(async () => {
  web = await room.begin();
});

/** An artifact of a commit, as CI would push it. */
async function built(branch: string, sha: string, text: string, run = 1) {
  const rendered = manifests(web, text);
  const artifact = await room.artifact({
    service: web,
    branch,
    text,
    run,
    environments: { dev: rendered, prod: rendered },
  });
  await room.database.db('artifacts').where({ id: artifact.id }).update({ sha });
  return { ...artifact, sha };
}

async function becameReady(artifactId: string): Promise<void> {
  await room.database.db('ledger').insert({
    at: room.clock.now(),
    kind: 'artifact.ready',
    actor: jsonb({ kind: 'manager' }),
    actor_name: 'release-manager',
    service: web,
    artifact_id: artifactId,
    cause: 'it is ready',
    details: '{}',
  });
  await room.heard();
}

/** What the judge would have written. */
async function rolloutRow(releaseId: string, { phase, done, why }: { phase: string; done: number; why?: object }) {
  const { service, environment } = await room.release(releaseId);
  const workload = {
    kind: 'Deployment',
    namespace: 'shop',
    name: web,
    state: 'rolling-out',
    done,
    wanted: 5,
    says: '',
  };
  await room.database.db('rollouts').insert({
    release_id: releaseId,
    cluster: 'default',
    environment,
    service,
    watch: 'current',
    phase,
    verdict: jsonb({ says: 'as it is', why, workloads: [workload], memory: {}, isApplied: true }),
    since: room.clock.now(),
    judged_at: room.clock.now(),
  });
}

/** A container of a release that was healthy crashes. */
async function crashed(releaseId: string): Promise<void> {
  const at = room.clock.now();
  const log = { podUid: 'u1', container: 'app' };
  const why = { code: 'pod.crash-loop', message: 'the container app crashes', object: 'Deployment shop/web', log };
  await rolloutRow(releaseId, { phase: 'failed', done: 0, why });
  await room.database.db('crash_logs').insert({
    environment: 'prod',
    service: web,
    cluster: 'default',
    pod_uid: 'u1',
    namespace: 'shop',
    pod: 'web-5d',
    container: 'app',
    restarts: 3,
    stream: 'previous',
    lines: jsonb(['starting', 'TypeError: cart is undefined']),
    cut: false,
    seen_at: at,
  });
  await room.database.db('ledger').insert({
    at,
    kind: 'incident.opened',
    actor: jsonb({ kind: 'manager' }),
    actor_name: 'release-manager',
    service: web,
    environment: 'prod',
    release_id: releaseId,
    cause: 'the container app crashes',
    details: '{}',
  });
}

const everything = {
  judge: () => ({ allowed: true, rule: 'everybody may everything here' }) as const,
  assertMay: () => undefined,
};

describe('before the merge', () => {
  test('one comment says what the merge releases, and is edited in place', async () => {
    await room.serves(web);
    await room.told();
    expect(room.comment()).toContain(`**Merging this into main releases ${web} to dev and prod by itself.**`);
    expect(room.comment()).toContain(
      `[policies/${web}.yaml:3](https://github.com/acme/config/blob/main/policies/${web}.yaml#L3)`,
    );
    expect(room.comment()).toContain('the diff is pending');

    await room.told({ title: 'another title' });
    expect(room.host).toMatchObject({ writes: 1 });
    await room.told({ headSha: shaOf('b') });
    expect(room.comment()).toContain(`an artifact of ${shaOf('b').slice(0, 10)}`);
    expect(room.host.comments).toHaveLength(1);
    expect(room.host.writes).toBe(2);
  });

  test('a monorepo shows only what it touches', async () => {
    await room.serves(web);
    await room.serves('api');
    room.host.files.set('release.yaml', `service: ${web}\npaths: ["services/web/**"]\n`);
    await room.database.db('services').where({ name: 'api' }).update({ source_path: 'services/api/release.yaml' });
    room.host.files.set('services/api/release.yaml', 'service: api\npaths: ["services/api/**"]\n');
    await room.told();
    expect(room.comment()).toContain('Not touched by it: api.');
  });

  test('the diff comes with the artifact of the head, Secrets masked', async () => {
    const running = await room.serves(web);
    await room.automate(running);
    await room.write();
    await room.told();
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: web }\nstringData: { password: hunter2 }\n';
    const rendered = [...manifests(web, 'two'), { path: 'secret.yaml', content: Buffer.from(secret) }];
    const artifact = await room.artifact({
      service: web,
      branch: 'topic',
      text: 'two',
      environments: { dev: rendered, prod: manifests(web, 'one') },
    });
    await room.database
      .db('artifacts')
      .where({ id: artifact.id })
      .update({ sha: shaOf('a') });
    await becameReady(artifact.id);
    expect(room.comment()).toContain(`${web} in dev: 2 objects change`);
    expect(room.comment()).toContain('-  text: one\n+  text: two');
    expect(room.comment()).toContain(`${web} in prod: no manifest changes`);
    expect(room.comment()).not.toContain('hunter2');
  });

  test('a fork gets no diff, though somebody pushed an artifact of its commit', async () => {
    await room.serves(web);
    await built('topic', shaOf('a'), 'two');
    await room.told({ headRepository: { owner: 'mallory', repo: 'shop' }, isFork: true });
    expect(room.comment()).toContain('comes from a fork');
    expect(room.comment()).not.toContain('text: two');
  });

  test('a hold is said when it is set', async () => {
    await room.serves(web);
    await room.told();
    const target = { service: web, environment: 'prod' };
    await room.database.transaction((tx) =>
      holdTarget(tx, { ...target, reason: 'ask @ops, see #1', until: undefined, actor: ada, at: room.clock.now() }),
    );
    await room.heard();
    expect(room.comment()).toContain(`**Merging this into main releases ${web} to dev by itself.**`);
    expect(room.comment()).toMatch(/⏸ prod is held, since .* by ada: ask @\u200Bops, see \\#\u200B1/);
  });

  test('rules that change are seen, and a comment that does not apply is taken away', async () => {
    await room.serves(web);
    await room.told();
    await room.personPushes({ [`policies/${web}.yaml`]: policiesOf(web).replace(/\n.*prod }/, '') });
    expect(await lookAgainByRules(room.deps, await room.repo.refresh())).toBe(1);
    await room.work.settle();
    expect(room.comment()).toContain(`releases ${web} to dev by itself`);

    await room.personPushes({ [`policies/${web}.yaml`]: undefined });
    expect(await lookAgainByRules(room.deps, await room.repo.refresh())).toBe(1);
    await room.work.settle();
    expect(room.comment()).toBeUndefined();
    expect(await lookAgainByRules(room.deps, room.repo.snapshot())).toBe(0);
  });

  test('another base branch is another plan', async () => {
    await room.serves(web);
    await room.told();
    await room.told({ baseRef: 'experiment' });
    expect(room.comment()).toBeUndefined();
    await room.told({ baseRef: 'main' });
    expect(room.comment()).toContain('Merging this into main');
  });

  test('nothing is said where nothing is released, of closed ones, and of repositories of nobody', async () => {
    await room.told();
    expect(room.host.writes).toBe(0);
    await room.serves(web);
    await room.told({ baseRef: 'topic/*' });
    expect(room.host.writes).toBe(0);
    await room.told({ baseRef: 'main' });
    await room.told({ state: 'closed' });
    expect(room.host.comments).toEqual([]);
  });
});

describe('one comment, ours', () => {
  test('an answer that was lost does not make a second one', async () => {
    await room.serves(web);
    room.host.losesNextAnswer = true;
    await room.told();
    await room.told();
    expect(room.host.comments).toHaveLength(1);
  });

  test('O2: the marker in a comment of somebody else says nothing', async () => {
    await room.serves(web);
    const forged = { id: 99, body: `${commentMarker} mine`, isOwn: false, number: 7 };
    room.host.comments.push(forged);
    await room.told();
    expect(forged.body).toBe(`${commentMarker} mine`);
    expect(room.host.comments).toHaveLength(2);
  });

  test('one that somebody deleted is made again when there is something new to say', async () => {
    await room.serves(web);
    await room.told();
    room.host.comments.length = 0;
    await room.told();
    expect(room.host.comments).toEqual([]);
    await room.told({ headSha: shaOf('c') });
    expect(room.host.comments).toHaveLength(1);
  });
});

describe('after the merge', () => {
  const merged = () => room.told({ state: 'merged', mergeCommitSha: shaOf('d'), mergedAt: room.clock.now() });

  test('the same comment follows the merge commit to where it is live', async () => {
    await room.serves(web);
    await room.told();
    await merged();
    expect(room.comment()).toContain('**Merged: on its way to dev and prod.**');
    expect(room.comment()).toContain('waits for CI to push an artifact of the merge');

    const artifact = await built('main', shaOf('d'), 'merged');
    await room.automate(artifact);
    await room.heard();
    expect(room.comment()).toContain(`| ${web} | dev | … queued 2026-`);
    await room.write();
    await room.heard();
    expect(room.comment()).toMatch(/\*\*Live in prod since 2026-.* UTC\.\*\*/);
    expect(room.comment()).toContain(artifact.id);
    expect(room.host.comments).toHaveLength(1);
  });

  test('of builds that were batched it follows the first one that contains the merge', async () => {
    await room.serves(web);
    await room.told();
    await merged();
    const before = await built('main', shaOf('b'), 'before');
    await room.automate(before);
    await room.heard();
    expect(room.comment()).toContain('waits for CI');
    room.host.contains.set(shaOf('e'), [shaOf('d')]);
    const batch = await built('main', shaOf('e'), 'batch', 2);
    await room.automate(batch);
    await room.write();
    await room.heard();
    expect(room.comment()).toContain('Live in prod');
    expect(room.comment()).toContain(`built with what came after it: ${shaOf('e').slice(0, 10)}`);
    expect(room.comment()).not.toContain(before.id);
  });

  test('what was superseded on its way is followed to the one that came instead', async () => {
    await room.serves(web);
    await room.told();
    await merged();
    await room.automate(await built('main', shaOf('d'), 'merged'));
    room.host.contains.set(shaOf('e'), [shaOf('d')]);
    const next = await built('main', shaOf('e'), 'next', 2);
    await room.automate(next);
    await room.write();
    await room.heard();
    expect(room.comment()).toContain('Live in prod');
    expect(room.comment()).toContain(next.id);
  });

  test('a crash is folded in with its log, and a rollback is said', async () => {
    await room.automate(await room.serves(web));
    await room.write();
    await room.told();
    await merged();
    const artifact = await built('main', shaOf('d'), 'merged', 2);
    const releases = await room.automate(artifact);
    await room.write();
    await room.heard();
    expect(room.comment()).toContain('**Live in prod since');
    const prod = (await Promise.all(releases.map((id) => room.release(id)))).find(
      (each) => each.environment === 'prod',
    );
    await crashed(prod?.id ?? '');
    await room.heard();
    expect(room.comment()).toContain('**Merged: in trouble in prod, live in dev.**');
    expect(room.comment()).toContain('TypeError: cart is undefined');

    const { requestRollback } = createRollbackRoutes({ ...room.deps, identity: room.identity, rights: everything });
    const body = { service: web, environment: 'prod', reason: 'it crashes' };
    await requestRollback({ principal: { actor: ada }, body } as never);
    await room.write();
    await room.heard();
    expect(room.comment()).toContain('**Merged: rolled back in prod, live in dev.**');
    expect(room.host.comments).toHaveLength(1);
  });

  test('what rolls out is looked at again and again', async () => {
    await room.serves(web);
    await room.told();
    await merged();
    const [release = ''] = await room.automate(await built('main', shaOf('d'), 'merged'));
    await room.heard();
    await room.database.db('releases').where({ id: release }).update({ state: 'rolling-out', watched: true });
    await rolloutRow(release, { phase: 'rolling-out', done: 3 });
    await lookAtRollouts(room.deps);
    await room.work.settle();
    expect(room.comment()).toContain('… rolling out 3/5 since');
  });

  test('a merge that nobody saw open is followed too, one of long ago is not', async () => {
    await room.serves(web);
    await merged();
    expect(room.comment()).toContain('on its way to dev and prod');
    const old = new Date(room.clock.now().getTime() - 3 * 24 * 3600 * 1000);
    await room.told({ number: 8, state: 'merged', mergeCommitSha: shaOf('f'), mergedAt: old });
    expect(room.host.comments).toHaveLength(1);
  });

  test('news that come late change nothing', async () => {
    await room.serves(web);
    await merged();
    await room.told({ state: 'open', mergedAt: undefined, updatedAt: new Date('2026-03-01T00:00:00Z') });
    expect(room.comment()).toContain('Merged');
  });
});
