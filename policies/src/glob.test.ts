import fc from 'fast-check';
import { expect, test } from 'vitest';

import { globsIntersect, matchesGlob } from './glob.ts';

test.each([
  ['main', 'main', true],
  ['main', 'main-x', false],
  ['main', 'xmain', false],
  ['feature/*', 'feature/x', true],
  ['feature/*', 'feature/x/y', false],
  ['feature/*', 'feature/', true],
  ['feature/**', 'feature/x/y', true],
  ['feature/**', 'feature', false],
  ['**', 'a/b/c', true],
  ['*', 'a/b', false],
  ['release-*.x', 'release-1.2.x', true],
  ['release-*.x', 'release-1.2.xy', false],
  ['a.c', 'abc', false],
  ['**/hotfix', 'team/x/hotfix', true],
  ['日*', '日本', true],
])('%j matches %j: %j', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected);
});

/** Reference meaning, by a translation that backtracks: fine for short inputs. */
function reference(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/\*\*+|\*|[^*]/gu, (part) => {
    if (part === '*') return '[^/]*';
    return part.startsWith('**') ? '.*' : part.replaceAll(/[/.+^$()|\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^(?:${source})$`, 'su').test(text);
}

const shortGlob = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '.'), maxLength: 8 });
const shortText = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 8 });

test('means what its translation into a regular expression means', () => {
  fc.assert(
    fc.property(shortGlob, shortText, (pattern, text) => {
      expect(matchesGlob(pattern, text)).toBe(reference(pattern, text));
    }),
    { numRuns: 3000 },
  );
});

test('two globs that a text matches both intersect', () => {
  fc.assert(
    fc.property(shortGlob, shortGlob, shortText, (left, right, text) => {
      const shared = matchesGlob(left, text) && matchesGlob(right, text);
      expect(shared && !globsIntersect(left, right)).toBe(false);
      expect(globsIntersect(left, right)).toBe(globsIntersect(right, left));
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['main', 'main', true],
  ['main', 'develop', false],
  ['feature/*', 'main', false],
  ['feature/*', '*/x', true],
  ['feature/*', '*', false],
  ['feature/**', '**/x', true],
  ['a*', '*b', true],
  ['*/a', 'b', false],
])('%j and %j have a branch in common: %j', (left, right, expected) => {
  expect(globsIntersect(left, right)).toBe(expected);
});

test('a pattern made to backtrack takes no time', () => {
  const started = performance.now();

  expect(matchesGlob('*a'.repeat(100), `${'a'.repeat(244)}b`)).toBe(false);
  expect(matchesGlob(`${'**'.repeat(99)}b`, 'a'.repeat(244))).toBe(false);
  expect(globsIntersect(`${'*a'.repeat(99)}b`, `${'a*'.repeat(99)}c`)).toBe(false);

  expect(performance.now() - started).toBeLessThan(1000);
});
