import { expect, it } from 'vitest';

import { Expectations } from './expectations.ts';

it('collects every difference and goes on', () => {
  const seen = new Expectations();
  seen.equal('files', ['a'], ['a']);
  seen.equal('commits', 2, 1);
  seen.that('the reason is kept', false, 'no reason here');
  seen.that('the author is the person', true);
  expect(seen.checks).toBe(4);
  expect(seen.differences).toEqual(['commits: expected 1, and it is 2', 'the reason is kept; seen: no reason here']);
});

it('shortens what it saw', () => {
  const seen = new Expectations();
  seen.that('short', false, 'x'.repeat(1_000));
  expect(seen.differences[0]?.length).toBeLessThan(700);
});
