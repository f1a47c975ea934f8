import { expect, test } from 'vitest';

import { isNewer } from './newer.ts';

const run = (sha: string, runNumber: number, runAttempt = 1, provider = 'github') => ({
  sha,
  ci: { provider, workflow: 'build', runNumber, runAttempt },
});

test('one commit: the later run, then the later attempt, is newer', () => {
  expect(isNewer(run('a', 2), run('a', 1))).toBe(true);
  expect(isNewer(run('a', 1, 2), run('a', 1, 1))).toBe(true);
  expect(isNewer(run('a', 1), run('a', 2))).toBe(false);
});

test('a tie keeps the head', () => {
  expect(isNewer(run('a', 1), run('a', 1))).toBe(false);
  expect(isNewer({ sha: 'a' }, { sha: 'b' })).toBe(false);
});

test('git ancestry beats the run number of another commit', () => {
  expect(isNewer(run('a', 1), run('b', 9), 'candidate-is-newer')).toBe(true);
  expect(isNewer(run('a', 9), run('b', 1), 'head-is-newer')).toBe(false);
});

test('run numbers of two providers or workflows say nothing: the commit time decides', () => {
  const older = { ...run('a', 9, 1, 'gitlab'), committedAt: '2026-01-01T00:00:00Z' };
  const later = { ...run('b', 1), committedAt: '2026-01-02T01:00:00+02:00' };

  expect(isNewer(later, older)).toBe(true);
  expect(isNewer(older, later)).toBe(false);
});
