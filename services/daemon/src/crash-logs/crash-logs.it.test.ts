import { afterEach, beforeEach, expect, it } from 'vitest';

import { openDaemonRoom, type DaemonRoom } from '../testing/daemon-room.ts';
import { crashing, deployment, pod, replicaSet } from '../testing/objects.ts';

let room: DaemonRoom;

beforeEach(async () => {
  room = await openDaemonRoom();
});

afterEach(async () => {
  await room.stop();
});

const logsOf = ({ manager }: DaemonRoom): { lines: string[]; pod: { name: string } }[] =>
  manager.taken.flatMap(({ observation: one }) => (one.type === 'crash-log' ? one : []));

it('a container that died is told with the end of what it printed, its secrets masked', async () => {
  const { cluster, manager } = room;
  const web = cluster.put(deployment('web'));
  const set = cluster.put(replicaSet('web-abc', web));
  const lines = Array.from({ length: 50 }, (_, index) => `line ${index}\n`).join('');
  const last = '\u001B[31mfailed\u001B[0m: postgres://app:hunter22@db/shop\n';
  cluster.setLog('shop', 'web-abc-1', 'app', { previous: lines + last, current: 'starting\n' });
  cluster.put(pod('web-abc-1', set, crashing(1)));
  room.startDaemon();
  const log = await manager.until(() => logsOf(room)[0]);
  expect(log).toMatchObject({
    service: 'web',
    workload: { kind: 'Deployment', name: 'web' },
    container: 'app',
    restarts: 1,
    stream: 'previous',
    cut: true,
  });
  expect(log.lines).toHaveLength(30);
  expect(log.lines.at(-1)).toBe('failed: postgres://[redacted]db/shop');
});

it('the log of the container itself is taken where there was none before it, and its absence is told', async () => {
  const { cluster, manager } = room;
  cluster.setLog('shop', 'first', 'app', { current: 'only this\n' });
  cluster.put(pod('first', undefined, crashing(0)));
  cluster.put(pod('silent', undefined, crashing(0)));
  room.startDaemon();
  await manager.until(() => logsOf(room).length === 2);
  expect(logsOf(room).find((log) => log.pod.name === 'first')).toMatchObject({
    stream: 'current',
    lines: ['only this'],
  });
  expect(logsOf(room).find((log) => log.pod.name === 'silent')).toMatchObject({
    lines: [],
    unavailable: 'previous terminated container "app" in pod "silent" not found',
  });
});

it('each death is told once, also by a daemon that was started again', async () => {
  const { cluster, manager } = room;
  cluster.setLog('shop', 'web-1', 'app', { previous: 'one\n' });
  cluster.put(pod('web-1', undefined, crashing(1)));
  const stop = room.startDaemon();
  await manager.until(() => logsOf(room).length === 1);
  await stop();
  room.startDaemon();
  cluster.setLog('shop', 'web-2', 'app', { previous: 'two\n' });
  cluster.put(pod('web-2', undefined, crashing(1)));
  await manager.until(() => logsOf(room).some((log) => log.pod.name === 'web-2'));
  expect(logsOf(room).map((log) => log.lines)).toEqual([['one'], ['two']]);
});

it('a bad release with many pods tells five logs', async () => {
  const { cluster, manager } = room;
  const web = cluster.put(deployment('web'));
  const set = cluster.put(replicaSet('web-abc', web));
  for (let index = 0; index < 12; index += 1) {
    cluster.setLog('shop', `web-abc-${index}`, 'app', { previous: 'the same\n' });
    cluster.put(pod(`web-abc-${index}`, set, crashing(1)));
  }
  room.startDaemon();
  await manager.until(() => logsOf(room).length === 5);
  cluster.setLog('shop', 'alone', 'app', { previous: 'another\n' });
  cluster.put(pod('alone', undefined, crashing(1)));
  await manager.until(() => logsOf(room).some((log) => log.pod.name === 'alone'));
  expect(logsOf(room)).toHaveLength(6);
});

it('a log that cannot be read now is tried again', async () => {
  const { cluster, manager } = room;
  let refusals = 0;
  cluster.beforeRequest(({ path }) => {
    if (!path.endsWith('/log') || refusals >= 2) return undefined;
    refusals += 1;
    return { status: 500, message: 'Get "https://node:10250": dial tcp: i/o timeout' };
  });
  cluster.setLog('shop', 'web-1', 'app', { previous: 'late\n' });
  cluster.put(pod('web-1', undefined, crashing(1)));
  room.startDaemon();
  expect(await manager.until(() => logsOf(room)[0])).toMatchObject({ lines: ['late'] });
});
