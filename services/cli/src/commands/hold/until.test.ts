import { describe, expect, it } from 'vitest';

import { parseUntil } from './until.ts';

const now = new Date('2026-03-01T10:00:00Z');

describe('--until', () => {
  it.each([
    ['30m', '2026-03-01T10:30:00.000Z'],
    ['2h', '2026-03-01T12:00:00.000Z'],
    ['1w', '2026-03-08T10:00:00.000Z'],
    ['2026-12-24', '2026-12-24T00:00:00.000Z'],
    ['2026-12-24T08:00Z', '2026-12-24T08:00:00.000Z'],
    ['2026-12-24T08:00:30+01:00', '2026-12-24T07:00:30.000Z'],
  ])('%s', (text, at) => expect(parseUntil(text, now)).toBe(at));

  it.each(['2', 'tomorrow', '2026-13-01', '2026-12-24T08:00', '999999h', ''])('refuses "%s"', (text) =>
    expect(() => parseUntil(text, now)).toThrow('--until needs a time'),
  );
});
