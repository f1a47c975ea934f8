import { expect, it } from 'vitest';

import { wordsOf } from './story.ts';

it('splits a line as a shell does, for the quotes that the demo uses', () => {
  expect(wordsOf('release main prod --reason "opening day"')).toEqual([
    'release',
    'main',
    'prod',
    '--reason',
    'opening day',
  ]);
  expect(wordsOf('token create ci --services * --branches **')).toHaveLength(7);
});
