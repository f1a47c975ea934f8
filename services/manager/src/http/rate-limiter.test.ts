import { describe, expect, it } from 'vitest';

import { RateLimiter } from './rate-limiter.ts';

function limiter(perMinute: number, cells?: number) {
  const clock = { ms: 5_000 };
  const made = new RateLimiter({ perMinute, now: () => clock.ms, ...(cells === undefined ? {} : { cells }) });
  const takeAll = (key: string, times: number): number =>
    Array.from({ length: times }, () => made.take(key)).filter((wait) => wait === undefined).length;
  return { clock, made, takeAll };
}

describe('a rate limit', () => {
  it.each([1, 7, 60, 6_000])('gives a share of %i at once and no more', (perMinute) => {
    const { takeAll } = limiter(perMinute);
    expect(takeAll('ada', perMinute + 50)).toBe(perMinute);
  });

  it('says how long to wait, and keeps its word', () => {
    const { clock, made, takeAll } = limiter(60);
    takeAll('ada', 60);
    expect(made.take('ada')).toBe(1_000);
    clock.ms += 999;
    expect(made.take('ada')).toBe(1);
    clock.ms += 1;
    expect(made.take('ada')).toBeUndefined();
    expect(made.take('ada')).toBe(1_000);
  });

  it('gives back the whole share after a minute, and not more after an hour', () => {
    const { clock, takeAll } = limiter(60);
    takeAll('ada', 60);
    clock.ms += 60_000;
    expect(takeAll('ada', 100)).toBe(60);
    clock.ms += 3_600_000;
    expect(takeAll('ada', 100)).toBe(60);
  });

  it('does not count what it refuses, nor a look', () => {
    const { clock, made, takeAll } = limiter(60);
    takeAll('ada', 500);
    for (let index = 0; index < 500; index += 1) made.look('ada');
    expect(made.look('ada')).toBe(1_000);
    clock.ms += 1_000;
    expect(made.look('ada')).toBeUndefined();
  });

  it('keeps one key apart from another', () => {
    const { made, takeAll } = limiter(10);
    takeAll('ada', 10);
    expect(made.take('bob')).toBeUndefined();
  });

  it('forgets nobody for a flood of other keys (S7)', () => {
    const { made, takeAll } = limiter(10);
    takeAll('mallory', 10);
    for (let index = 0; index < 100_000; index += 1) made.take(`invented ${index}`);
    expect(made.take('mallory')).toBeGreaterThan(0);
  });

  it('hardly ever limits somebody for what others do', () => {
    const { made, takeAll } = limiter(10);
    for (let index = 0; index < 500; index += 1) takeAll(`busy ${index}`, 10);
    const wronged = Array.from({ length: 2_000 }, (_, index) => made.take(`quiet ${index}`)).filter(Boolean);
    // 500 of 16,384 cells are full in each row: about three in a hundred thousand keys meet three of them.
    expect(wronged.length).toBeLessThan(5);
  });

  it('limits all alike where every cell is full, and nobody longer than their share needs', () => {
    const { clock, made, takeAll } = limiter(10, 4);
    for (let index = 0; index < 100; index += 1) takeAll(`busy ${index}`, 10);
    expect(made.take('quiet')).toBe(6_000);
    clock.ms += 6_000;
    expect(made.take('quiet')).toBeUndefined();
  });
});
