import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ada, manifests, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';

const autoRelease = (service: string): string => `service: ${service}
policies:
  - { kind: auto-release, branch: main, environment: dev }
`;

let room: ReleaseRoom;
beforeAll(async () => {
  room = await openReleaseRoom({ policies: { web: autoRelease('web'), api: autoRelease('api') } });
});
afterAll(() => room.close());

const toEnvironment = (
  service: string,
  environment: string,
  what: { branch: string } | { artifact: string } | { undeploy: true },
) => room.service.request(ada, { service, environments: [environment], what });

describe('a release by hand', () => {
  test('is one commit of the person, with the stamped manifests, provenance and Flux objects, and nothing else', async () => {
    const artifact = await room.artifact({ service: 'shop-a', text: 'one' });

    const { outcomes } = await toEnvironment('shop-a', 'prod', { branch: 'main' });
    await room.write();

    const release = await room.release(outcomes[0]?.release?.id ?? '');
    expect(release).toMatchObject({ state: 'committed', intent: 'branch', artifactId: artifact.id });
    const tree = await room.git('ls-tree', '-r', '--name-only', 'main', 'prod', 'clusters/prod');
    expect(tree.trim().split('\n')).toEqual([
      'clusters/prod/shop/namespace.yaml',
      'clusters/prod/shop/shop-a.yaml',
      'prod/releases/shop/shop-a/artifact.json',
      'prod/releases/shop/shop-a/config.yaml',
      'prod/releases/shop/shop-a/deployment.yaml',
      'prod/releases/shop/shop-a/release.json',
    ]);
    const commit = await room.git(
      'log',
      '-1',
      '--format=%an <%ae>|%cn|%s|%(trailers:key=Release-Id,valueonly)',
      'main',
    );
    expect(commit).toContain('Ada L <ada@example.com>|release-manager|');
    expect(commit).toContain(`[prod/shop-a] release ${artifact.id} by ada`);
    expect(commit).toContain(release.id);
    const deployment = await room.git('show', 'main:prod/releases/shop/shop-a/deployment.yaml');
    expect(deployment).toContain('# Source: shop-a');
    expect(deployment).toContain(`release-manager.io/release-id: "${release.id}"`);
  });

  test('of what is there already is a clear no-op', async () => {
    const artifact = await room.artifact({ service: 'shop-b', text: 'one' });
    await toEnvironment('shop-b', 'dev', { branch: 'main' });

    const queued = await toEnvironment('shop-b', 'dev', { artifact: artifact.id });
    await room.write();
    const committed = await toEnvironment('shop-b', 'dev', { artifact: artifact.id });

    expect(queued.outcomes[0]).toMatchObject({
      outcome: 'already-there',
      message: expect.stringContaining('on its way') as string,
    });
    expect(committed.outcomes[0]?.outcome).toBe('already-there');
  });

  test('asked for twice under one key is recorded once, also when both requests come at the same time', async () => {
    const artifact = await room.artifact({ service: 'shop-key', text: 'one' });
    const request = {
      service: 'shop-key',
      environments: ['dev', 'prod'],
      what: { artifact: artifact.id },
      idempotencyKey: 'key-of-a-ci-job',
    };

    const [first, second] = await Promise.all([room.service.request(ada, request), room.service.request(ada, request)]);
    await room.write();

    const ids = ({ outcomes }: typeof first) => outcomes.map(({ environment, release }) => [environment, release?.id]);
    expect(ids(second)).toEqual(ids(first));
    expect(second.requestId).toBe(first.requestId);
  });

  test('is denied with the rule, its file and its line, and recorded', async () => {
    await room.artifact({ service: 'shop-c', branch: 'feature-x', text: 'x' });

    const { outcomes } = await toEnvironment('shop-c', 'prod', { branch: 'feature-x' });

    expect(outcomes[0]?.outcome).toBe('denied');
    const said = outcomes[0]?.release?.decision?.opinions.find(({ verdict }) => verdict === 'denies');
    expect(said?.source).toEqual({ file: 'release-manager.yaml', line: 5 });
  });

  test('A → B → A in one push is three commits, and the folder holds the last', async () => {
    const a = await room.artifact({ service: 'shop-d', text: 'a' });
    const b = await room.artifact({ service: 'shop-d', text: 'b' });
    const before = (await room.git('rev-list', 'main')).trim().split('\n').length;

    for (const artifact of [a, b, a]) await toEnvironment('shop-d', 'dev', { artifact: artifact.id });
    await room.round();

    expect((await room.git('rev-list', 'main')).trim().split('\n')).toHaveLength(before + 3);
    expect(await room.git('show', 'main:dev/releases/shop/shop-d/config.yaml')).toContain('text: a');
  });

  test('files that left the artifact leave the folder, and undeploy takes the service out', async () => {
    const first = await room.artifact({ service: 'shop-e', text: 'a' });
    const [deployment] = manifests('shop-e', 'b');
    const second = await room.artifact({
      service: 'shop-e',
      text: 'b',
      environments: { dev: deployment === undefined ? [] : [deployment] },
    });
    await toEnvironment('shop-e', 'dev', { artifact: first.id });
    await toEnvironment('shop-e', 'dev', { artifact: second.id });
    await room.write();
    const after = await room.git('ls-tree', '-r', '--name-only', 'main', 'dev/releases/shop/shop-e');

    await toEnvironment('shop-e', 'dev', { undeploy: true });
    await room.write();

    expect(after).not.toContain('config.yaml');
    const left = await room.git('ls-tree', '-r', '--name-only', 'main', 'dev', 'clusters/dev');
    expect(left).not.toContain('shop-e');
    expect((await toEnvironment('shop-e', 'dev', { undeploy: true })).outcomes[0]?.outcome).toBe('already-there');
  });
});

describe('automation', () => {
  test('a newer automatic release supersedes a queued older one; the older build that comes late is recorded as superseded', async () => {
    const old = await room.artifact({ service: 'web', text: 'old', run: 1 });
    const newer = await room.artifact({ service: 'web', text: 'new', run: 3 });
    const late = await room.artifact({ service: 'web', text: 'late', run: 2 });

    await room.automate(old);
    await room.automate(newer);
    await room.automate(late);
    await room.automate(newer);
    await room.write();

    const rows = await room.database
      .db<{ service: string; seq: number; artifact_id: string; state: string }>('releases')
      .where({ service: 'web' })
      .orderBy('seq');
    expect(rows.map(({ artifact_id: id, state }) => [id, state])).toEqual([
      [old.id, 'superseded'],
      [newer.id, 'committed'],
      [late.id, 'superseded'],
    ]);
    expect(await room.git('log', '-1', '--format=%an|%s', 'main')).toBe(
      `Grace H|[dev/web] release ${newer.id} by auto-release-main-dev\n`,
    );
  });
});

describe('the writer', () => {
  beforeEach(() => room.server.beforeRequest(undefined));

  test('plans again when a person was faster, and leaves their commit alone', async () => {
    const artifact = await room.artifact({ service: 'race', text: 'a' });
    await toEnvironment('race', 'dev', { artifact: artifact.id });
    let raced = false;
    room.server.beforeRequest(async ({ kind }) => {
      if (kind !== 'push' || raced) return 'none' as const;
      raced = true;
      await room.personPushes({ 'notes.md': 'hello' });
      return 'none' as const;
    });

    await room.write();

    expect(await room.git('show', 'main:notes.md')).toBe('hello');
    expect(await room.git('log', '-2', '--format=%s', 'main')).toBe(
      `[dev/race] release ${artifact.id} by ada\nby hand\n`,
    );
  });

  test('a push that landed and whose answer was lost is committed exactly once', async () => {
    const artifact = await room.artifact({ service: 'lost', text: 'a' });
    const { outcomes } = await toEnvironment('lost', 'dev', { artifact: artifact.id });
    room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'drop-after' : 'none'));

    await expect(room.round()).rejects.toMatchObject({ code: 'release.push-in-doubt' });
    room.server.beforeRequest(undefined);
    await room.write();

    const commits = await room.git('log', '--format=%H', '--grep', outcomes[0]?.release?.id ?? '?', 'main');
    expect(commits.trim().split('\n')).toHaveLength(1);
    expect((await room.release(outcomes[0]?.release?.id ?? '')).commitSha).toBe(commits.trim());
  });

  test('a process that was paused in its push and sends it late doubles nothing', async () => {
    const artifact = await room.artifact({ service: 'paused', text: 'a' });
    const { outcomes } = await toEnvironment('paused', 'dev', { artifact: artifact.id });
    room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'drop-before' : 'none'));
    await expect(room.round()).rejects.toMatchObject({ code: 'release.push-in-doubt' });
    const paused = await room.database
      .db<{ state: string; base: string; tip: string }>('push_attempts')
      .where({ state: 'recorded' })
      .first();
    let late = false;
    room.server.beforeRequest(async ({ kind }) => {
      // Between the other writer's plan and its push, the paused one wakes up and sends what it had.
      if (kind !== 'push' || late) return 'none' as const;
      late = true;
      await room.git('update-ref', 'refs/heads/main', await room.landObjects(paused?.tip ?? ''), paused?.base ?? '');
      return 'none' as const;
    });

    await room.write();

    const id = outcomes[0]?.release?.id ?? '?';
    const commits = await room.git('log', '--format=%H', '--grep', id, 'main');
    expect(commits.trim()).toBe(paused?.tip);
    expect((await room.release(id)).commitSha).toBe(paused?.tip);
    const open = await room.database.db('push_attempts').where({ state: 'recorded' });
    expect(open).toEqual([]);
  });

  test('an object of another service is refused on the tip, naming both', async () => {
    const mine = await room.artifact({ service: 'first', text: 'a' });
    const theirs = await room.artifact({
      service: 'second',
      text: 'b',
      environments: { dev: manifests('first', 'b') },
    });
    await toEnvironment('first', 'dev', { artifact: mine.id });
    const { outcomes } = await toEnvironment('second', 'dev', { artifact: theirs.id });

    await room.round();

    const refused = await room.release(outcomes[0]?.release?.id ?? '');
    expect(refused.state).toBe('denied');
    expect(refused.failure?.message).toContain('belongs to the service first');
  });

  test('a release whose files cannot be read waits with its target and holds up nobody else', async () => {
    const away = await room.artifact({ service: 'away', text: 'a' });
    const fine = await room.artifact({ service: 'fine', text: 'a' });
    const files = room.loader.files.get(away.id);
    room.loader.files.delete(away.id);
    const first = await toEnvironment('away', 'dev', { artifact: away.id });
    const second = await toEnvironment('fine', 'dev', { artifact: fine.id });

    await room.round();
    const between = await room.release(first.outcomes[0]?.release?.id ?? '');
    room.loader.files.set(away.id, files ?? new Map());
    await room.write();

    expect(between).toMatchObject({ state: 'queued', waitsFor: 'the store is away' });
    expect((await room.release(second.outcomes[0]?.release?.id ?? '')).state).toBe('committed');
    expect((await room.release(between.id)).state).toBe('committed');
  });
});
