import type { ReleaseView } from '@release-manager/contract';
import { expect, test } from 'vitest';

import { fakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';
import { artifactId, crashLog, releaseId, releaseView } from '../../testing/views.ts';

const answering = (items: ReturnType<typeof crashLog>[], release: ReleaseView | undefined = releaseView()) =>
  fakeManager({
    explainEnvironment: () => ({
      status: { environment: 'dev', pending: [], current: { artifact: artifactId, release } },
      now: [],
      problems: [],
    }),
    showRelease: () => release,
    listCrashLogs: () => ({ items }),
  });

test('of what is there now, the last crash at the end, nothing of it obeyed', async () => {
  const last = crashLog({ pod: 'web-b', lines: ['two\u001B[2J', '\ttabbed'], cut: true });
  const manager = answering([last, crashLog({ pod: 'web-a', lines: ['one'], restarts: 0 })]);
  const { code, out } = await runInTest(['logs', 'dev', '--service', 'web'], manager);
  expect(code).toBe(0);
  expect(out).toBe(`log of shop/web-a container app, the run that died, 2026-11-21T08:00:00Z
    one
log of shop/web-b container app, the run that died, 3 restarts, 2026-11-21T08:00:00Z
  … earlier lines were left out
    two
     tabbed
`);
  expect(manager.calls.map(({ id }) => id)).toEqual(['explainEnvironment', 'listCrashLogs']);
});

test('of one release, for a program as the manager says it', async () => {
  const manager = answering([crashLog({ cluster: 'eu' }), crashLog({ cluster: 'us' })]);
  const { out } = await runInTest(['logs', '--release', releaseId, '--json'], manager);
  expect(JSON.parse(out)).toMatchObject([{ cluster: 'eu' }, { cluster: 'us' }]);
  expect(manager.calls.map(({ id, input }) => [id, input['id']])).toEqual([
    ['showRelease', releaseId],
    ['listCrashLogs', releaseId],
  ]);
  expect((await runInTest(['logs', '--release', releaseId], manager)).out).toContain('log of us: shop/web-7f-abc');
});

test.each<readonly [string, ReleaseView, string]>([
  ['nothing died', releaseView(), `no container of web was seen to die in dev since ${releaseId}`],
  ['nobody reports', releaseView({ state: 'committed', ended: true }), 'no daemon reported from dev'],
])('says when there are none because %s', async (_, release, says) => {
  const { code, out, err } = await runInTest(['logs', 'dev', '--service', 'web'], answering([], release));
  expect([code, out]).toEqual([0, '']);
  expect(err).toContain(says);
});

test('says when the service is not there', async () => {
  const { fetch } = fakeManager({
    explainEnvironment: () => ({ status: { environment: 'dev', pending: [] }, now: [], problems: [] }),
  });
  expect((await runInTest(['logs', 'dev', '--service', 'web'], { fetch })).err).toBe(
    'web is not in dev by a release\n',
  );
});

test.each([
  [['logs'], 'Logs of which environment?'],
  [['logs', 'prod', '--release', releaseId], 'into dev, not prod'],
])('%j is exit code 2', async (argv, says) => {
  const { code, err } = await runInTest(argv, answering([]));
  expect(code).toBe(2);
  expect(err).toContain(says);
});
