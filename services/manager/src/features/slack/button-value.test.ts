import { expect, it } from 'vitest';

import { readButtonValue, writeButtonValue } from './button-value.ts';

const value = { release: 'rel_01', service: 'web', environment: 'prod', artifact: 'main-0123456789-0123456789' };

it('comes back as it was written, compact', () => {
  expect(readButtonValue(writeButtonValue(value))).toEqual(value);
  expect(readButtonValue(writeButtonValue({ ...value, artifact: undefined }))).toEqual({
    release: 'rel_01',
    service: 'web',
    environment: 'prod',
  });
  expect(writeButtonValue(value)).not.toContain(' ');
});

it.each([
  '',
  '{',
  'null',
  '[]',
  '{"release":"rel_01"}',
  JSON.stringify({ ...value, more: 1 }),
  JSON.stringify({ ...value, service: 'a b' }),
])('is nothing for %s', (text) => {
  expect(readButtonValue(text)).toBeUndefined();
});
