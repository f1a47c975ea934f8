import { jsonb } from '@release-manager/postgres';
import type { FakeSlackMessage } from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { ada } from '../../testing/release-room.ts';
import { linesOf, openSlackRoom } from '../../testing/slack-room.ts';
import { DeliveryStore } from '../deliveries/index.ts';
import { appendLedger } from '../ledger/index.ts';
import { wantProgress } from './want-progress.ts';

const services = [
  'web',
  'fail',
  'long',
  'crash',
  'person',
  'quiet',
  'gone',
  'again',
  'blind',
  'posts',
  'files',
  'away',
  'built',
];
let room: Awaited<ReturnType<typeof openSlackRoom>>;
beforeAll(async () => {
  room = await openSlackRoom(services);
});
afterEach(() => {
  room.fake.beforeAnswer(undefined);
  if (room.fake.misfits.length > 0) throw new Error(`Slack would not take: ${room.fake.misfits.join('; ')}`);
});
afterAll(() => room.close());

/** A merge that goes everywhere, committed. @returns its releases by environment */
async function merge(service: string, text = 'one', run = 1): Promise<Readonly<Record<string, string>>> {
  const all = {
    'deployment.yaml': `kind: ConfigMap\napiVersion: v1\nmetadata: { name: ${service} }\ndata: { text: ${text} }\n`,
  };
  const files = Object.entries(all).map(([path, content]) => ({ path, content: Buffer.from(content) }));
  const artifact = await room.artifact({
    service,
    text,
    run,
    environments: { dev: files, staging: files, prod: files },
  });
  const ids = await room.automate(artifact);
  await room.work.react();
  await room.write();
  await room.database
    .db('releases')
    .whereIn('id', [...ids])
    .update({ watched: true });
  const releases = (await room.releasesOf(service)).filter(({ artifactId }) => artifactId === artifact.id);
  return Object.fromEntries(releases.map(({ environment, id }) => [environment, id]));
}

const crashLog = (service: string, lines: readonly string[]) =>
  room.database.db('crash_logs').insert({
    environment: 'prod',
    cluster: 'default',
    pod_uid: `uid-${service}`,
    container: 'app',
    restarts: 2,
    service,
    namespace: 'shop',
    pod: `${service}-7d9f-abcde`,
    stream: 'previous',
    lines: jsonb(lines),
    cut: false,
    seen_at: room.clock.now(),
  });
const whyOf = (service: string) => ({
  code: 'pod.crash-loop',
  message: 'crash loop',
  object: `Deployment shop/${service}`,
  log: { podUid: `uid-${service}`, container: 'app', restarts: 2 },
});
const failed = (service: string) => ({
  to: 'failed' as const,
  says: 'crash loop',
  details: { failure: { cluster: 'default', ...whyOf(service) } },
});
const recovered = { to: 'healthy' as const, says: '3 of 3 pods are ready', kind: 'release.recovered' };
const lines = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index}`);
const readable = (message: FakeSlackMessage | undefined): readonly string[] =>
  message === undefined ? [] : linesOf(message);

describe('a merge to three environments', () => {
  it('is one message that is edited as it goes, with what it changed in its thread', async () => {
    const { dev = '', prod = '', staging = '' } = await merge('web');
    await room.tell();
    expect(room.channel('web').parents).toHaveLength(1);
    expect(room.channel('web').thread).toHaveLength(3);
    await room.say(dev, { to: 'applied' });
    await room.say(dev, { to: 'rolling-out', says: '1 of 3 pods are ready' });
    await room.tell();
    expect(readable(room.channel('web').parents[0])).toContain(
      ':arrows_counterclockwise: *dev* rolling out — 1 of 3 pods are ready · TIME',
    );
    for (const id of [dev, staging, prod]) await room.say(id, { to: 'healthy' });
    await room.tell();

    const { all, parents, thread } = room.channel('web');
    expect(all).toHaveLength(4);
    expect(readable(parents[0])).toEqual([
      expect.stringMatching(/^\*web\* · main@7765626d61 by Grace H\.$/) as string,
      ':white_check_mark: *dev* healthy · TIME',
      ':white_check_mark: *staging* healthy · TIME',
      ':white_check_mark: *prod* healthy · TIME',
      expect.stringContaining('by the policy ') as string,
      '[Roll back prod] [Hold prod] [Open]',
    ]);
    expect(readable(thread[0])[0]).toMatch(
      /^\*dev\* written to the config repo as commit [0-9a-f]{10}\n\+ ConfigMap web/,
    );
    expect(room.fake.limitsHit).toBe(0);
  });

  it('makes noise for a failure once, with the log, the author and the way back, and says when it is over', async () => {
    room.fake.person('grace@example.com', 'U0GRACE01');
    const { prod = '' } = await merge('fail');
    await room.tell();
    await crashLog('fail', ['starting', 'panic: no cart']);
    await room.say(prod, failed('fail'));
    await room.tell();
    await room.note(prod, 'release.looked-at', 'again');
    await room.tell();

    expect(room.channel('fail').broadcast).toHaveLength(1);
    expect(readable(room.channel('fail').broadcast[0])).toEqual([
      ':rotating_light: *fail* in *prod* failed <@U0GRACE01>\nDeployment shop/fail: crash loop',
      'last lines of app in fail-7d9f-abcde',
      'starting\npanic: no cart',
      '[Roll back prod] [Retry prod] [Logs prod] [Hold prod] [Open]',
    ]);
    expect(readable(room.channel('fail').parents[0]).at(-1)).toBe(
      '[Roll back prod] [Retry prod] [Logs prod] [Hold prod] [Open]',
    );

    await room.say(prod, recovered);
    await room.tell();
    const { parents, broadcast } = room.channel('fail');
    expect(readable(parents[0])).toContain(':white_check_mark: *prod* recovered — 3 of 3 pods are ready · TIME');
    expect(readable(broadcast[0])[0]).toMatch(
      /^:adhesive_bandage: \*fail\* in \*prod\* failed, and is resolved: 3 of 3/,
    );
    expect(broadcast).toHaveLength(1);
  });

  it('shares a long log as a file, once', async () => {
    const { prod = '' } = await merge('long');
    await crashLog('long', lines(300));
    await room.say(prod, failed('long'));
    await room.tell();
    await room.say(prod, recovered);
    await room.tell();
    expect(room.channel('long').all.flatMap(({ files }) => files)).toMatchObject([
      { title: 'log of app', content: lines(300).join('\n') },
    ]);
    // Who somebody is was asked once, for all messages.
    expect(room.fake.requests.filter(({ method }) => method === 'users.lookupByEmail')).toHaveLength(1);
  });

  it('tells of a crash after it had run well, and of its end', async () => {
    const { prod = '' } = await merge('crash');
    await room.say(prod, { to: 'healthy' });
    await room.tell();
    await crashLog('crash', ['panic: later']);
    const cause = 'Deployment shop/crash: crash loop';
    await room.note(prod, 'incident.opened', cause, { cluster: 'default', why: whyOf('crash') });
    await room.tell();
    expect(readable(room.channel('crash').broadcast[0])[0]).toMatch(
      /^:rotating_light: \*crash\* in \*prod\* crashed after it had run well/,
    );
    await room.note(prod, 'incident.closed', 'it is well again after 90 s', { cluster: 'default', times: 1 });
    await room.tell();
    expect(room.channel('crash').broadcast).toHaveLength(1);
    expect(readable(room.channel('crash').broadcast[0])[0]).toContain('is resolved: it is well again after 90 s');
  });
});

describe('other messages', () => {
  it('are one for each command of a person, and older ones lose their buttons', async () => {
    const { prod: first = '' } = await merge('person');
    await room.say(first, { to: 'healthy' });
    await room.tell();
    const artifact = await room.artifact({ service: 'person', text: 'two', run: 2 });
    const wish = { service: 'person', environments: ['dev', 'prod'], what: { artifact: artifact.id } };
    await room.service.request(ada, wish);
    await room.write();
    await room.tell();
    const [merged, asked, ...more] = room.channel('person').parents;
    expect(more).toEqual([]);
    expect(readable(asked)[0]).toMatch(/^\*person\* · ada releases to dev, prod main@/);
    expect(readable(merged).at(-1)).toBe('[Roll back staging] [Logs staging] [Hold staging] [Open]');
  });

  it('do not appear where only failures are wanted, until there is one', async () => {
    const { dev = '', prod = '' } = await merge('quiet');
    await room.say(dev, { to: 'healthy' });
    await room.tell();
    expect(room.channel('quiet').all).toEqual([]);
    await room.say(prod, failed('quiet'));
    await room.tell();
    // The message itself is the noise.
    const { parents, broadcast, thread } = room.channel('quiet');
    expect([parents.length, broadcast.length, thread.length]).toEqual([1, 0, 1]);
  });

  it('are not put back where somebody deleted them, but trouble is told', async () => {
    const { dev = '', prod = '' } = await merge('gone');
    await room.tell();
    for (const message of room.channel('gone').all) room.fake.forget(message);
    await room.say(dev, { to: 'healthy' });
    await room.tell();
    expect(room.channel('gone').all).toEqual([]);
    await room.say(prod, failed('gone'));
    await room.tell();
    const { all, parents } = room.channel('gone');
    expect([all.length, parents.length]).toEqual([1, 1]);
  });

  it('are written again where somebody asks for it, also those that were deleted', async () => {
    const { dev = '' } = await merge('again');
    await room.tell();
    const again = async (): Promise<string> => {
      const found = await room.database.db('deliveries').where({ service: 'again' }).select<{ id: string }[]>('id');
      for (const { id } of found) await new DeliveryStore(room.database.db).retry(id, room.clock.now());
      await room.tell();
      const [parent] = room.channel('again').parents;
      return `${parent?.edits ?? 'none'}`;
    };
    const edits = room.channel('again').parents[0]?.edits ?? 0;
    expect(await again()).toBe(`${edits + 1}`);
    for (const message of room.channel('again').all) room.fake.forget(message);
    // Only the next edit tells that it is gone.
    await room.say(dev, { to: 'healthy' });
    await room.tell();
    expect(room.channel('again').parents).toEqual([]);
    expect(await again()).toBe('0');
    expect(room.channel('again').parents).toHaveLength(1);
  });
});

describe('a build that reports its steps', () => {
  const id = '0123456789abcdef0123';
  const build = { id, service: 'built', branch: 'main', sha: '0'.repeat(40), state: 'running' };
  const checks = (test: string) => jsonb([{ kind: 'test', name: 'test', status: test }]);
  const source = {
    repository: 'https://example.com/shop',
    branch: 'main',
    sha: '0'.repeat(40),
    author: { name: 'Grace H.', email: 'grace@example.com' },
  };
  const started = (branch: string) =>
    room.database.transaction((tx) =>
      appendLedger(tx, {
        kind: 'build.started',
        actor: ada,
        service: 'built',
        to: 'running',
        cause: 'began',
        details: { build: id, branch },
        at: room.clock.now(),
      }),
    );

  it('is told while it runs, and goes on as the message of its releases', async () => {
    const at = room.clock.now();
    const columns = {
      source: jsonb(source),
      ci: jsonb({ jobUrl: 'https://ci.example.com/7' }),
      reported_by: jsonb(ada),
      started_at: at,
      updated_at: at,
    };
    await room.database.db('builds').insert({ ...build, ...columns, checks: checks('running') });
    await started('feature');
    await room.tell();
    expect(room.channel('built').all).toEqual([]);
    await started('main');
    await room.tell();
    expect(readable(room.channel('built').parents[0])[1]).toBe(
      '<https://ci.example.com/7|:hammer_and_wrench: building> · :arrows_counterclockwise: test',
    );
    room.clock.pass(10);
    await room.database.db('builds').update({ checks: checks('passed'), updated_at: room.clock.now() });
    await wantProgress(room.database.db, at, room.clock.now());
    await room.tell();
    expect(readable(room.channel('built').parents[0])[1]).toContain(':white_check_mark: test');

    const artifact = await room.artifact({ service: 'built', text: 'one' });
    await room.database.db('builds').update({ artifact_id: artifact.id, state: 'finished' });
    await room.automate(artifact);
    await room.write();
    await room.tell();
    const { parents } = room.channel('built');
    expect(parents).toHaveLength(1);
    expect(readable(parents[0]).slice(1, 3)).toEqual([
      '<https://ci.example.com/7|built> · :white_check_mark: test',
      ':white_check_mark: *dev* committed — in the config repo; no daemon reports from there · TIME',
    ]);
  });
});

describe('a bad day', () => {
  it.each([
    ['posts', 'chat.postMessage'],
    ['files', 'files.completeUploadExternal'],
  ])('of %s says nothing twice when the work was done and the answer lost', async (service, method) => {
    const { prod = '' } = await merge(service);
    await crashLog(service, lines(300));
    await room.say(prod, failed(service));
    const seen = new Set<string>();
    room.fake.beforeAnswer((request) => {
      const { metadata, thread_ts: thread } = request.arguments;
      const key = JSON.stringify(metadata ?? thread);
      // The first try of each.
      if (request.method !== method || seen.has(key)) return undefined;
      seen.add(key);
      return 'drop-after';
    });
    await room.tell();
    await room.work.restart();
    await room.tell();
    expect(seen.size).toBe(method === 'chat.postMessage' ? 5 : 1);
    const { all, parents, thread } = room.channel(service);
    expect([parents.length, thread.length]).toEqual([1, 5]);
    expect(all.flatMap(({ files }) => files)).toHaveLength(1);
  });

  it('says at least once what may have been lost where the app may not look', async () => {
    let lost = 0;
    room.fake.beforeAnswer(({ method }) => {
      if (method.startsWith('conversations.')) return { error: 'missing_scope' };
      if (method !== 'chat.postMessage' || lost > 0) return undefined;
      lost += 1;
      return 'drop-after';
    });
    await merge('blind');
    await room.tell();
    expect([lost, room.channel('blind').parents.length]).toEqual([1, 2]);
  });

  it('loses nothing while Slack is away, and does not flood it afterwards', async () => {
    const before = room.fake.requests.length;
    room.fake.beforeAnswer(() => 'drop');
    const { dev = '', staging = '', prod = '' } = await merge('away');
    for (const id of [dev, staging, prod]) {
      await room.say(id, { to: 'applied' });
      await room.say(id, { to: 'rolling-out' });
      await room.work.react();
      await room.work.deliver();
      room.clock.pass(60);
      await room.work.deliver();
      await room.say(id, { to: 'healthy' });
    }
    const tries = room.fake.requests.length;
    expect(tries - before).toBeLessThan(30);
    room.fake.beforeAnswer(undefined);
    await room.tell();
    const { parents, thread } = room.channel('away');
    expect(parents).toHaveLength(1);
    expect(readable(parents[0]).slice(1, 4)).toEqual(
      ['dev', 'staging', 'prod'].map((name) => `:white_check_mark: *${name}* healthy · TIME`),
    );
    expect(thread).toHaveLength(3);
    expect(room.fake.requests.length - tries).toBeLessThan(12);
    expect(room.fake.limitsHit).toBe(0);
  });

  it('tells of many releases at once in a digest, of failures by themselves', async () => {
    const asked: string[] = [];
    for (let index = 0; index < 26; index += 1) {
      const service = `s${String(index).padStart(2, '0')}`;
      const artifact = await room.artifact({ service, text: 'x', namespace: service });
      const wish = { service, environments: ['dev'], what: { artifact: artifact.id } };
      const { outcomes } = await room.service.request(ada, wish);
      asked.push(outcomes[0]?.release?.id ?? '');
    }
    await room.write();
    await room.tell();
    const { parents } = room.channel('others');
    expect(parents).toHaveLength(21);
    const digest = parents.find(({ text }) => text === '6 more releases');
    expect(readable(digest).join('\n')).toContain('*s25* main@');
    const [last = ''] = asked.slice(-1);
    await room.say(last, { to: 'failed', says: 'image not found' });
    await room.tell();
    const told = room.channel('others').parents;
    expect(told).toHaveLength(22);
    expect(readable(told.at(-1))[1]).toMatch(/^:x: \*dev\* failed — image not found/);
    const without = told.find(({ ts }) => ts === digest?.ts);
    expect(without?.text).toBe('5 more releases');
    expect(readable(without).join('\n')).not.toContain('*s25*');
    expect(room.fake.limitsHit).toBe(0);
  });
});
