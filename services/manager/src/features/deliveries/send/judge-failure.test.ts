import { AppError, type ErrorKind } from '@release-manager/domain';
import { describe, expect, it } from 'vitest';

import { EndPulse } from './end-pulse.ts';
import { judgeFailure, type FailedTry } from './judge-failure.ts';

const error = (kind: ErrorKind, details: Record<string, unknown> = {}, code = 'slack.no'): AppError =>
  new AppError(kind, code, 'no', { details });
const judge = (failure: Partial<FailedTry>) =>
  judgeFailure({ error: undefined, attempts: 1, spent: 1, inDoubt: false, interrupted: false, ...failure }, () => 0);

describe('a try that did not succeed', () => {
  it.each<[ErrorKind, string]>([
    ['invalid', 'failed'],
    ['unauthenticated', 'failed'],
    ['forbidden', 'failed'],
    ['not-found', 'failed'],
    ['conflict', 'failed'],
    ['denied', 'failed'],
    ['bug', 'failed'],
    ['limited', 'told-to-wait'],
    ['unavailable', 'silent'],
  ])('with %s is %s', (kind, what) => {
    expect(judge({ error: error(kind) }).what).toBe(what);
  });

  it('with anything else is failed, and nobody knows what was written', () => {
    expect(judge({ error: new TypeError('x is undefined') })).toEqual({
      what: 'failed',
      inDoubt: true,
      fault: { code: 'delivery.bug', message: 'x is undefined' },
    });
  });

  it('is kept in words that the database takes: no half of a character at their end, no NUL', () => {
    const { fault } = judge({ error: new Error(`a\0b ${'x'.repeat(495)}😀 and more`) });
    expect(fault.message.isWellFormed()).toBe(true);
    expect(fault.message).toMatch(/^a b x+/);
  });

  it.each<[string, Partial<FailedTry>, boolean]>([
    ['refused at its first write', { error: error('invalid') }, false],
    ['refused at its second', { error: error('invalid'), spent: 2 }, true],
    ['told to wait at its first', { error: error('limited') }, false],
    ['without room before it wrote', { error: error('limited', {}, 'delivery.budget'), spent: 0 }, false],
    ['without room after it wrote', { error: error('limited', {}, 'delivery.budget'), spent: 1 }, true],
    ['silent before it wrote', { error: error('unavailable'), spent: 0 }, false],
    ['silent after it wrote', { error: error('unavailable') }, true],
    ['interrupted while it wrote', { error: error('invalid'), interrupted: true }, true],
    ['in doubt before, refused now', { error: error('invalid'), inDoubt: true }, true],
  ])('%s: in doubt %s', (_, failure, inDoubt) => {
    expect(judge(failure).inDoubt).toBe(inDoubt);
  });

  it.each<[unknown, number]>([
    [30, 30_000],
    [0, 1_000],
    [undefined, 60_000],
    ['soon', 60_000],
    [Number.NaN, 60_000],
    [1e9, 7_200_000],
  ])('waits as it is told: %s', (retryAfterSeconds, waitMs) => {
    expect(judge({ error: error('limited', { retryAfterSeconds }) })).toMatchObject({ waitMs });
  });

  it('is tried less and less often, and never rarer than every ten minutes', () => {
    const waits = [1, 2, 3, 50].map((attempts) => judge({ error: error('unavailable'), attempts }));
    expect(waits).toMatchObject([{ waitMs: 2_500 }, { waitMs: 5_000 }, { waitMs: 10_000 }, { waitMs: 300_000 }]);
  });

  it('is kept in a few words', () => {
    expect(judge({ error: new Error('x'.repeat(5_000)) }).fault.message).toHaveLength(500);
  });
});

describe('an end', () => {
  it('is away when three different deliveries found nobody, and back with the first answer', () => {
    const pulse = new EndPulse(() => 0);
    expect([pulse.silent('a'), pulse.silent('a'), pulse.silent('a'), pulse.silent('b')]).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
    expect(pulse.away).toBe(false);
    expect([pulse.silent('c'), pulse.silent('a'), pulse.silent('b')]).toEqual([2_500, 5_000, 10_000]);
    expect([pulse.away, pulse.answered(), pulse.away, pulse.answered()]).toEqual([true, true, false, false]);
  });
});
