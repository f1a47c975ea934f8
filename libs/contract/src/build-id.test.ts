import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { buildId, isKnownRun } from './build-id.ts';

const run = { provider: 'github-actions', jobUrl: 'https://github.com/e/web/actions/runs/7', runNumber: 41 };

test('is what the published rule makes of it', () => {
  const item = (text: string): string => `${'\0'.repeat(7)}${String.fromCodePoint(text.length)}${text}`;
  const bytes = `${item(run.provider)}${item(run.jobUrl)}${item('41')}${item('2')}`;
  const expected = createHash('sha256').update(bytes, 'latin1').digest('hex').slice(0, 20);
  expect(buildId({ ...run, runAttempt: 2 })).toBe(expected);
  expect(buildId(run)).toBe('665a330ff5d10f1b29d4');
});

test('differs for another run, another attempt, and the same digits in another place', () => {
  const ids = [
    run,
    { ...run, runAttempt: 1 },
    { ...run, runAttempt: 2 },
    { ...run, runNumber: 4, runAttempt: 1 },
    { ...run, provider: 'jenkins' },
    { provider: run.provider, runNumber: 41 },
    {},
  ].map(buildId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a run is known by its job or its number', () => {
  expect([{}, { provider: 'x', runAttempt: 1 }, { jobUrl: 'https://ci' }, { runNumber: 1 }].map(isKnownRun)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
