import { describe, expect, it } from 'vitest';

import { risingIds } from './job-id.ts';

describe('risingIds', () => {
  it('makes UUIDs of version 7', () => {
    expect(risingIds(() => 1_767_225_600_000)()).toMatch(/^019b76da-a800-7000-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('rises within a millisecond, beyond its counter and when the clock goes back', () => {
    let time = 1_000_000;
    const next = risingIds(() => time);
    const ids = Array.from({ length: 10_000 }, () => next());
    time -= 5_000;
    ids.push(next());
    time += 60_000;
    ids.push(next());
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
