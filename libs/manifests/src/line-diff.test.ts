import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { diffLines } from './line-diff.ts';
import { unifiedText } from './unified-text.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });

/** The length of the longest common subsequence, by the table that everybody knows. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const left of a) {
    const next = [0];
    b.forEach((right, at) => {
      next.push(left === right ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    });
    row = next;
  }
  return row.at(-1) ?? 0;
}

describe('the differences of two texts', () => {
  it('leads from one to the other, and is the shortest way', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const script = diffLines(before, after);
        const side = (sign: string): string[] => script.filter((line) => line.sign !== sign).map((line) => line.text);
        expect(side('+')).toEqual(before);
        expect(side('-')).toEqual(after);
        expect(script.filter((line) => line.sign === ' ')).toHaveLength(commonLength(before, after));
      }),
      { numRuns: 500 },
    );
  });

  it('shows a text that has little in common as replaced, without comparing for ever', () => {
    const before = Array.from({ length: 20_000 }, (_, at) => `a${at}`);
    const after = Array.from({ length: 20_000 }, (_, at) => `b${at}`);
    const script = diffLines(['same', ...before], ['same', ...after]);
    expect(script).toHaveLength(40_001);
    expect(script[1]).toEqual({ sign: '-', text: 'a0' });
    expect(script[20_001]).toEqual({ sign: '+', text: 'b0' });
  });
});

describe('the unified form', () => {
  const numbers = Array.from({ length: 30 }, (_, at) => String(at + 1));
  const limits = { contextLines: 1, lines: 100 };

  it('has a part per place, with the numbers of its lines', () => {
    const after = numbers.with(4, 'x').toSpliced(20, 1);
    expect(unifiedText(numbers, after, limits)).toEqual({
      text: '@@ -4,3 +4,3 @@\n 4\n-5\n+x\n 6\n@@ -20,3 +20,2 @@\n 20\n-21\n 22',
      added: 1,
      removed: 2,
      lines: 9,
      isCut: false,
    });
  });

  it('joins places whose context touches', () => {
    const after = numbers.with(4, 'x').with(7, 'y');
    expect(unifiedText(numbers, after, limits).text.match(/@@ -/g)).toHaveLength(1);
    expect(unifiedText(numbers, numbers.with(4, 'x').with(8, 'y'), limits).text.match(/@@ -/g)).toHaveLength(2);
  });

  it('names an empty side by the line before it', () => {
    expect(unifiedText([], ['a'], limits).text).toBe('@@ -0,0 +1,1 @@\n+a');
    expect(unifiedText(['a', 'b'], ['a', 'x', 'b'], { ...limits, contextLines: 0 }).text).toBe('@@ -1,0 +2,1 @@\n+x');
  });

  it('is empty for equal texts, and cut with a count for long ones', () => {
    expect(unifiedText(numbers, numbers, limits)).toMatchObject({ text: '', lines: 0 });
    const cut = unifiedText([], numbers, { contextLines: 3, lines: 3 });
    expect(cut).toMatchObject({
      text: '@@ -0,0 +1,30 @@\n+1\n+2\n… 28 more lines are not shown.',
      added: 30,
      isCut: true,
    });
    expect(unifiedText([], ['x'.repeat(1000)], limits).text).toMatch(/x… \(601 more characters\)$/);
  });
});
