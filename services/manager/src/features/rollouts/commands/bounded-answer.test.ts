import { expect, test } from 'vitest';

import { boundedAnswer } from './bounded-answer.ts';

test('the last lines are kept, as many as were asked for', () => {
  const answer = { outcome: 'done', lines: ['a', 'b', 'c'], cut: false } as const;
  expect(boundedAnswer(answer, 2)).toEqual({ outcome: 'done', lines: ['b', 'c'], cut: true });
  expect(boundedAnswer(answer, 3)).toEqual(answer);
});

test('a command that asks for no lines gets none', () => {
  expect(boundedAnswer({ outcome: 'done', lines: ['a'], cut: true }, 0)).toEqual({ outcome: 'done' });
});

test('one line, and all of them together, are bounded', () => {
  const { lines = [], cut } = boundedAnswer(
    { outcome: 'done', lines: Array<string>(1_000).fill('x'.repeat(9_000)) },
    1_000,
  );
  expect(lines).toHaveLength(100);
  expect(lines[0]).toHaveLength(4_000);
  expect(cut).toBe(true);
});

test('nothing that a terminal obeys, and nothing that a database cannot keep', () => {
  const lines = ['\u001B[31mred\u001B[0m', 'a\u0000b', `c\uD800d`, 'e\u200Bf', `${'x'.repeat(3_999)}😀`, '\tg'];
  const answer = boundedAnswer({ outcome: 'failed', lines, message: 'no\u001B]8;;http://x\u0007 log\n' }, 10);
  expect(answer.message).toBe('no log');
  expect(answer.lines?.[0]).toBe('red');
  expect(answer.lines?.slice(1, 4)).toEqual(['ab', 'cd', 'ef']);
  expect(answer.lines?.every((line) => line.isWellFormed())).toBe(true);
  expect(answer.lines?.at(-1)).toBe('    g');
});
