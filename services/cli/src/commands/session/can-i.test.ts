import { expect, test } from 'vitest';

import { fakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';

const yes = {
  allowed: true,
  verb: 'release',
  rule: 'everybody may release',
  source: { file: 'release-manager.yaml', line: 7 },
};
const no = {
  ...yes,
  allowed: false,
  source: { ...yes.source, commit: 'a'.repeat(40) },
  explanation: 'ada may not release web in prod',
  next: 'add this line',
};

test('yes, with the rule and its line', async () => {
  const { fetch, calls } = fakeManager({ canI: () => ({ ...yes, service: 'web', environment: 'dev' }) });
  const { code, out, err } = await runInTest(['can-i', 'promote', 'dev', '--service', 'web'], { fetch });
  expect(code).toBe(0);
  expect(out).toBe('yes: release web in dev\n  rule: everybody may release (release-manager.yaml:7)\n');
  expect(err).toBe('');
  expect(calls).toMatchObject([{ id: 'canI', input: { verb: 'promote', environment: 'dev', service: 'web' } }]);
});

test('no is 5, with the way out, and what is broken is said once', async () => {
  const notices = ['people.yaml is broken at line 3'];
  const { fetch } = fakeManager({
    canI: ({ environment }) => ({ ...(environment === 'dev' ? yes : no), notices }),
  });
  const { code, out, err } = await runInTest(['can-i', 'release', 'dev,prod', '--service', 'web'], { fetch });
  expect(code).toBe(5);
  expect(out.split('\n').slice(2)).toEqual([
    'no: ada may not release web in prod',
    '  rule: everybody may release (release-manager.yaml:7 at aaaaaaaaaa)',
    '  next: add this line',
    '',
  ]);
  expect(err).toBe('warning: people.yaml is broken at line 3\n');
});

test('for programs', async () => {
  const { fetch } = fakeManager({ canI: () => no });
  const { code, out } = await runInTest(['can-i', 'admin', '--json'], { fetch });
  expect(code).toBe(5);
  expect(JSON.parse(out)).toEqual({ allowed: false, answers: [no] });
});

test('a verb that nobody knows is a wrong command line', async () => {
  const { code, err } = await runInTest(['can-i', 'relese', 'dev']);
  expect(code).toBe(2);
  expect(err).toContain('release, promote');
});
