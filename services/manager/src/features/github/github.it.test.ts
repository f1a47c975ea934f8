import type { CheckContent } from '@release-manager/github';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openGithubRoom, type GithubRoom } from '../../testing/github-room.ts';
import { ada } from '../../testing/release-room.ts';
import { wantCheck } from './index.ts';

let room: GithubRoom;
let plan: CheckContent | undefined;

beforeEach(async () => {
  plan = { title: 'nothing yet', summary: '', conclusion: 'neutral', detailsUrl: 'https://rm.example' };
  room = await openGithubRoom({ planOf: () => Promise.resolve(plan) });
});
afterEach(async () => {
  const { misfits } = room.fake;
  await room.closeAll();
  if (misfits.length > 0) throw new Error(`GitHub would have refused: ${misfits.join('\n')}`);
});

const rows = async () => Object.values(await room.work.rows());

describe('deployments', () => {
  it('are one per environment at the commit of the artifact, with the release as their marker', async () => {
    const artifact = await room.built('web', 'one');
    const releases = await room.released(artifact);
    await room.heard();
    expect(room.shown()).toEqual(['dev success', 'prod success']);
    const byName = room.source.deployments.toSorted((a, b) => a.environment.localeCompare(b.environment));
    expect(byName).toMatchObject([
      { sha: artifact.sha, isProduction: false, payload: { marker: releases.get('dev')?.id } },
      { sha: artifact.sha, isProduction: true, payload: { marker: releases.get('prod')?.id } },
    ]);
    const [status] = byName[0]?.statuses ?? [];
    expect(status).toMatchObject({
      description: 'committed; no daemon says what became of it',
      logUrl: `https://rm.example/v1/releases/${releases.get('dev')?.id}`,
    });
  });

  it('follow the release, and the one before is not active any more', async () => {
    const first = await room.released(await room.built('web', 'one'));
    for (const release of first.values()) await room.become(release, 'applied', 'rolling-out', 'healthy');
    await room.heard();
    expect(room.shown()).toEqual(['dev success', 'prod success']);
    const second = await room.released(await room.built('web', 'two'));
    for (const release of second.values()) await room.become(release, 'applied');
    await room.heard();
    expect(room.shown()).toEqual(['dev in_progress', 'dev success', 'prod in_progress', 'prod success']);
    for (const release of second.values()) await room.become(release, 'rolling-out', 'healthy');
    await room.heard();
    expect(room.shown()).toEqual(['dev inactive', 'dev success', 'prod inactive', 'prod success']);
  });

  it('show what is there, also when what it replaced is told after it', async () => {
    const old = await room.released(await room.built('web', 'one'));
    const next = await room.released(await room.built('web', 'two'));
    for (const release of [...old.values(), ...next.values()])
      await room.become(release, 'applied', 'rolling-out', 'healthy');
    await room.work.react();
    // As if its first try had not got through.
    const ids = [...old.values()].map(({ id }) => id);
    const retry = { retry_at: new Date(room.clock.now().getTime() + 60_000) };
    await room.database.db('deliveries').whereIn('release_id', ids).update(retry);
    await room.work.settle();
    const told = room.source.deployments.map(({ payload, environment, statuses }) => {
      const which = ids.includes((payload as { marker: string }).marker) ? 'old' : 'next';
      return [which, environment, ...statuses.map(({ state }) => state)].join(' ');
    });
    expect(told.toSorted()).toEqual(['next dev success', 'next prod success', 'old dev inactive', 'old prod inactive']);
  });

  it('are not active any more once the service is gone from there', async () => {
    await room.released(await room.built('web', 'one'));
    await room.heard();
    await room.service.request(ada, { service: 'web', environments: ['dev', 'prod'], what: { undeploy: true } });
    await room.write();
    await room.heard();
    expect(room.shown()).toEqual(['dev inactive', 'prod inactive']);
  });

  it('say each thing once, however often it is wanted, and nothing of what went by unseen', async () => {
    const releases = await room.released(await room.built('web', 'one'));
    for (const release of releases.values()) await room.become(release, 'applied', 'rolling-out', 'failed');
    await room.heard();
    const seen = room.fake.requests.length;
    for (const release of releases.values())
      await room.work.want({ kind: 'github.deployment', key: release.id, subject: {}, urgency: 'final' });
    await room.work.settle();
    expect(room.fake.requests).toHaveLength(seen);
    expect(room.source.deployments.map(({ statuses }) => statuses.map(({ state }) => state))).toEqual([
      ['failure'],
      ['failure'],
    ]);
  });

  it('of a monorepo have the service in the name of their environment', async () => {
    await room.built('api', 'one');
    await room.released(await room.built('web', 'one'));
    await room.heard();
    expect(room.shown()).toEqual(['dev/web success', 'prod/web success']);
  });

  it.each(['done-drop', 'done-silence'] as const)('are found again when the answer was lost (%s)', async (fault) => {
    let left = 1;
    room.fake.beforeAnswer(({ operation }) =>
      operation === 'repos/create-deployment' && left-- > 0 ? fault : undefined,
    );
    await room.released(await room.built('web', 'one'));
    await room.work.react();
    await room.work.deliver();
    // The process dies as well.
    await room.work.restart();
    await room.work.settle();
    expect(room.shown()).toEqual(['dev success', 'prod success']);
  });

  it('whose status got through although no answer came are not told it twice', async () => {
    let left = 1;
    room.fake.beforeAnswer(({ operation }) =>
      operation === 'repos/create-deployment-status' && left-- > 0 ? 'done-drop' : undefined,
    );
    await room.released(await room.built('web', 'one'));
    await room.heard();
    expect(room.source.deployments.map(({ statuses }) => statuses.length)).toEqual([1, 1]);
  });

  it('that somebody deleted are made again with what is true now', async () => {
    const releases = await room.released(await room.built('web', 'one'));
    await room.heard();
    room.source.forget();
    const dev = releases.get('dev');
    if (dev !== undefined) await room.become(dev, 'applied', 'rolling-out', 'healthy');
    await room.heard();
    expect(room.shown()).toEqual(['dev success']);
  });

  it('without the permission fail with what to grant, without asking for each, and count after a retry', async () => {
    delete room.fake.permissions['deployments'];
    await room.released(await room.built('web', 'one'));
    await room.heard();
    const asked = room.fake.requests.length;
    for (const { key } of await rows())
      await room.work.want({ kind: 'github.deployment', key, subject: {}, urgency: 'final' });
    await room.work.settle();
    expect(room.fake.requests).toHaveLength(asked);
    for (const { state, last_error: error } of await rows()) {
      expect(state).toBe('failed');
      expect(error?.next).toContain('Deployments: write');
    }
    room.fake.permissions['deployments'] = 'write';
    room.clock.pass(61);
    for (const { key } of await rows())
      await room.work.want({ kind: 'github.deployment', key, subject: {}, urgency: 'final' });
    await room.work.settle();
    expect(room.shown()).toHaveLength(2);
  });

  it('are not wanted for repositories elsewhere', async () => {
    const artifact = await room.built('web', 'one');
    await room.database.db('services').update({ repository: 'https://gitlab.com/shop/web' });
    await room.released(artifact);
    await room.heard();
    expect(await rows()).toEqual([]);
  });
});

describe('the label of what is live', () => {
  const labels = (number: number) => [...room.source.pull(number).labels];

  it('is put on what arrived in a protected environment, and taken off by a way back', async () => {
    const one = await room.built('web', 'one');
    const first = await room.merged(one);
    await room.released(one);
    await room.heard();
    expect(labels(first)).toEqual(['released:prod']);
    expect(room.source.labels.get('released:prod')).toMatchObject({ color: '0e8a16', description: 'Live in prod' });
    const two = await room.built('web', 'two');
    const second = await room.merged(two);
    await room.released(two);
    await room.heard();
    expect(labels(second)).toEqual(['released:prod']);
    await room.releasedBy(ada, one, 'prod');
    await room.heard();
    expect([labels(first), labels(second)]).toEqual([['released:prod'], []]);
  });

  it('costs nothing where nothing changes', async () => {
    const one = await room.built('web', 'one');
    await room.merged(one);
    await room.released(one);
    await room.heard();
    const wrote = () => room.fake.requests.filter(({ operation }) => operation.startsWith('issues/')).length;
    const before = wrote();
    await room.released(await room.built('web', 'two'));
    await room.heard();
    expect(wrote()).toBe(before);
  });
});

describe('the release plan of a commit', () => {
  const said = () => room.source.statuses.map(({ state, description }) => `${state} ${description}`);
  const look = async (sha: string): Promise<void> => {
    const commit = { repository: room.address, sha };
    await room.database.transaction((tx) => wantCheck(tx, commit, 'normal', room.clock.now()));
    await room.work.settle();
  };

  it('is a status of a token, told again only when it says something else', async () => {
    const { sha } = await room.built('web', 'one');
    plan = { title: 'Merging releases web to prod', summary: '', conclusion: 'neutral', detailsUrl: 'https://x.test' };
    await look(sha);
    await look(sha);
    expect(said()).toEqual(['success Merging releases web to prod']);
    plan = { ...plan, title: 'web may not go to prod', conclusion: 'failure' };
    await look(sha);
    expect(said()).toEqual(['success Merging releases web to prod', 'failure web may not go to prod']);
    plan = undefined;
    await look(sha);
    expect(said()).toHaveLength(2);
  });

  it('is not told twice when the answer was lost', async () => {
    const { sha } = await room.built('web', 'one');
    let left = 1;
    room.fake.beforeAnswer(({ operation }) =>
      operation === 'repos/create-commit-status' && left-- > 0 ? 'done-drop' : undefined,
    );
    await look(sha);
    expect(said()).toEqual(['success nothing yet']);
  });
});
