import { setTimeout as wait } from 'node:timers/promises';

import type { DeliveryView } from '@release-manager/contract';
import type { FakeRepository } from '@release-manager/testing';
import { describe, expect, it } from 'vitest';

import { makeArtifact } from '../support/make-artifact.ts';
import { createRandom } from '../support/random.ts';
import { startTeam, type Team } from '../support/team.ts';

const channel = 'C0CHECKOUT';
const files = {
  'release-manager.yaml': `environments:
  - { name: dev }
  - { name: prod, protected: true }
notifications:
  - { slack: ${channel} }
`,
  'policies/web.yaml': `service: web
policies:
  - { kind: auto-release, branch: main, environment: dev }
  - { kind: auto-release, branch: main, environment: prod }
`,
};
const merges = 4;
const mostKills = 6;
/** `KILL_SEEDS=7,8,9` runs others. */
const seeds = (process.env['KILL_SEEDS'] ?? '1,2').split(',').map(Number);

/**
 * Kills the manager in the moment in which one of its writes is at GitHub or Slack, before it is done or when it is done and
 * nobody hears of it.
 */
function killAtWrites(team: Team, random: () => number): { readonly kills: () => number; settle(): Promise<void> } {
  let kills = 0;
  let coming: Promise<void> | undefined;
  const strike = (): 'before' | 'after' | undefined => {
    if (coming !== undefined || kills >= mostKills || random() > 0.25) return undefined;
    kills += 1;
    coming = team.killManager().finally(() => {
      coming = undefined;
    });
    return random() < 0.3 ? 'before' : 'after';
  };
  const lose = { before: 'drop', after: 'done-drop' } as const;
  const loseInSlack = { before: 'drop', after: 'drop-after' } as const;
  team.github.beforeAnswer(({ method }) => {
    const when = method === 'GET' ? undefined : strike();
    return when && lose[when];
  });
  team.slack.beforeAnswer(({ method }) => {
    const when = /^(chat|files)\./.test(method) ? strike() : undefined;
    return when && loseInSlack[when];
  });
  return {
    kills: () => kills,
    async settle() {
      team.github.beforeAnswer(undefined);
      team.slack.beforeAnswer(undefined);
      await coming;
    },
  };
}

async function mergeAndBuild(team: Team, shop: FakeRepository): Promise<void> {
  const { people } = team.github;
  await people.push(shop, 'main', 'ada', { 'release.yaml': 'service: web\nnamespace: shop\n' });
  for (let run = 1; run <= merges; run += 1) {
    const wanted = { title: `Change ${run}`, author: 'ada', head: `change-${run}`, files: [] };
    const pull = await people.open(shop, { ...wanted, files: [{ filename: 'src/cart.ts', status: 'modified' }] });
    await wait(1_500);
    const sha = await people.merge(shop, pull.number, 'ada', 'squash');
    const repository = 'https://127.0.0.1/shop/web';
    await team.ci.upload(await makeArtifact({ service: 'web', branch: 'main', run, sha, repository }));
    await wait(1_500);
  }
}

/** GitHub sends nothing again by itself; somebody presses its button. */
async function redeliver({ github: { webhooks } }: Team): Promise<void> {
  const lost = webhooks.deliveries.filter(({ status }) => status === undefined || status >= 500);
  for (const { id } of lost) await webhooks.redeliver(id);
}

async function untilTold(team: Team, shop: FakeRepository): Promise<void> {
  const deadline = Date.now() + 150_000;
  const last = (): string | undefined => shop.branches.get('main');
  for (;;) {
    const { stdout } = await team.admin(['deliveries', '--json']);
    const pending = (JSON.parse(stdout) as DeliveryView[]).filter(({ state }) => state === 'pending');
    const ended = shop.deployments.filter(
      ({ sha, statuses }) => sha === last() && statuses.at(-1)?.state === 'success',
    );
    if (pending.length === 0 && ended.length === 2) return;
    if (Date.now() > deadline) throw new Error(`not everything was told:\n${stdout}`);
    await wait(300);
  }
}

/** What is there more than once. */
function doubles(keys: readonly string[]): readonly string[] {
  return keys.filter((key, index) => keys.indexOf(key) !== index);
}

describe.each(seeds)('kill -9 while others are told, seed %i', (seed) => {
  it('says nothing twice, and everything in the end', async () => {
    const team = await startTeam([], files);
    team.slack.channel(channel);
    const shop = team.github.repository('shop/web');
    const killer = killAtWrites(team, createRandom(seed));
    await mergeAndBuild(team, shop);
    await killer.settle();
    await redeliver(team);
    await untilTold(team, shop);

    expect(killer.kills()).toBeGreaterThan(2);
    expect(doubles(shop.comments.map(({ number }) => String(number)))).toEqual([]);
    expect(
      doubles(shop.deployments.map(({ environment, payload }) => `${environment} ${JSON.stringify(payload)}`)),
    ).toEqual([]);
    const messages = team.slack.channel(channel).messages;
    expect(doubles(messages.map(({ threadTs, metadata }) => `${threadTs ?? ''} ${JSON.stringify(metadata)}`))).toEqual(
      [],
    );
    expect(messages.filter(({ threadTs }) => threadTs === undefined)).toHaveLength(merges);
    expect(team.github.misfits).toEqual([]);
    expect(team.slack.misfits).toEqual([]);
    await team.stop();
  });
});
