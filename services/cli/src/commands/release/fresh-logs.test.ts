import type { ContainerLogView, LogRequestView } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import { expect, test } from 'vitest';

import { fakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';
import { releaseId } from '../../testing/views.ts';

const id = `log_${'0'.repeat(26)}`;

function container(changes: Partial<ContainerLogView> = {}): ContainerLogView {
  const place = { cluster: 'eu', namespace: 'shop', pod: 'web-1', container: 'app' };
  return { ...place, state: 'answered', lines: ['one', 'two'], cut: false, ...changes };
}

function view(changes: Partial<LogRequestView> = {}): LogRequestView {
  return {
    id,
    service: 'web',
    environment: 'dev',
    state: 'answered',
    askedAt: '2026-11-21T09:00:00Z',
    expiresAt: '2026-11-21T09:01:00Z',
    containers: [container()],
    leftOut: 0,
    silent: [],
    ...changes,
  };
}

const pending = view({ state: 'pending', containers: [container({ state: 'pending', lines: [] })] });
const line = ['logs', 'dev', '--service', 'web', '--fresh'];
/** Answers after so many looks. */
const answering = (answer: LogRequestView, looks = 1) => {
  let left = looks;
  return fakeManager({ requestLogs: () => pending, showLogs: () => ((left -= 1) > 0 ? pending : answer) });
};

test('of one container the lines alone go to stdout', async () => {
  const manager = answering(view({ containers: [container({ cut: true })] }), 3);
  const { code, out, err } = await runInTest(line, manager);
  expect([code, out]).toEqual([0, 'one\ntwo\n']);
  expect(err).toBe('web-1/app 2 lines, there are earlier ones\n');
  expect(manager.calls.map((call) => call.id)).toEqual(['requestLogs', 'showLogs', 'showLogs', 'showLogs']);
  expect(manager.calls[0]?.input).toEqual({ service: 'web', environment: 'dev', previous: false, lines: 100 });
});

test('of several each line says whose it is, and nothing of it is obeyed', async () => {
  const containers = [
    container({ lines: ['a\u001B[2J\u001B]0;title\u0007b'] }),
    container({ cluster: 'us', pod: 'web-2', lines: [], says: 'There is no previous log: this is the current one.' }),
    container({ cluster: 'us', pod: 'web-3', state: 'failed', lines: [], says: 'it waits to start', next: 'wait' }),
  ];
  const silent = [{ cluster: 'asia', says: 'no daemon has ever reported from asia', next: 'start one there' }];
  const { code, out, err } = await runInTest(line, answering(view({ containers, silent, leftOut: 3 })));
  expect([code, out]).toEqual([0, '[eu/web-1/app] ab\n']);
  expect(err).toBe(`warning: no daemon has ever reported from asia
  start one there
eu/web-1/app 1 line
us/web-2/app printed nothing – There is no previous log: this is the current one.
warning: us/web-3/app: it waits to start
  wait
3 more containers of web in dev not asked; --pod, --container or --cluster choose
`);
});

test('what is wanted goes along, and each of these asks the cluster by itself', async () => {
  const wish = ['--pod', 'web-1', '--container', 'app', '--cluster', 'eu', '--previous', '--lines', '7'];
  const manager = answering(view());
  await runInTest(['logs', 'dev', '--service', 'web', ...wish], manager);
  const asked = { pod: 'web-1', container: 'app', cluster: 'eu', previous: true, lines: 7 };
  expect(manager.calls[0]).toMatchObject({ id: 'requestLogs', input: asked });
  for (const one of [['--previous'], ['--lines', '7'], ['--pod', 'web-1']]) {
    const other = answering(view());
    await runInTest(['logs', 'dev', '--service', 'web', ...one], other);
    expect(other.calls[0]?.id).toBe('requestLogs');
  }
});

test('a program gets the answer as the manager says it', async () => {
  const { out } = await runInTest([...line, '-o', 'json'], answering(view()));
  expect(JSON.parse(out)).toEqual(view());
});

test.each<readonly [LogRequestView, number, string]>([
  [view({ state: 'failed', containers: [container({ state: 'failed', says: 'no such pod' })] }), 1, 'no such pod'],
  [
    view({ state: 'nobody', containers: [], silent: [{ cluster: 'eu', says: 'nobody is there', next: 'start one' }] }),
    1,
    'nobody is there',
  ],
  [
    view({ state: 'expired', containers: [container({ state: 'failed', lines: [], says: 'did not answer in time' })] }),
    8,
    'did not answer in time',
  ],
])('%#: no log is no success', async (answer, expected, says) => {
  const { code, err } = await runInTest(line, answering(answer));
  expect(code).toBe(expected);
  expect(err).toContain(says);
});

test('a manager that restarts meanwhile is asked again, and one that never ends is left', async () => {
  let looks = 0;
  const restarts = fakeManager({
    requestLogs: () => pending,
    showLogs: () => {
      looks += 1;
      if (looks < 3) throw new AppError('unavailable', 'x', 'starting');
      return view();
    },
  });
  expect((await runInTest(line, restarts)).out).toBe('one\ntwo\n');
  const { code, err } = await runInTest(line, fakeManager({ requestLogs: () => pending, showLogs: () => pending }));
  expect(code).toBe(8);
  expect(err).toContain('waits for the daemon of eu\n');
  expect(err).toContain('web-1/app: nobody answered');
});

test('Ctrl-C ends it', async () => {
  const stop = new AbortController();
  const manager = fakeManager({
    requestLogs: () => pending,
    showLogs: () => {
      stop.abort();
      return pending;
    },
  });
  expect((await runInTest(line, { ...manager, signal: stop.signal })).code).toBe(130);
});

test('what the manager refuses is said', async () => {
  const gone = (): never => {
    throw new AppError('not-found', 'logs.no-pod', 'No daemon sees a pod x of web in dev.', { next: 'its pods are y' });
  };
  const { code, err } = await runInTest([...line, '--pod', 'x'], fakeManager({ requestLogs: gone }));
  expect(code).toBe(7);
  expect(err).toContain('its pods are y');
});

test.each([
  [['logs', '--fresh'], 'Logs of which environment?'],
  [['logs', 'dev', '--fresh', '--release', releaseId], 'Of a release only the crashes are kept'],
  [['logs', 'dev', '--lines', '0'], '--lines needs a number from 1 to 1000, not "0"'],
  [['logs', 'dev', '--lines', '5000'], '--lines needs a number'],
])('%j is exit code 2', async (argv, says) => {
  const { code, err } = await runInTest([...argv, '--service', 'web'], fakeManager({}));
  expect(code).toBe(2);
  expect(err).toContain(says);
});
