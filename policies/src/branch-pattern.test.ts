import { expect, test } from 'vitest';

import { branchRuleId, matchesBranch, neverTogether, regexProblem } from './branch-pattern.ts';

test.each([
  ['main', 'main', true],
  ['main', 'main2', false],
  ['main|develop', 'develop', true],
  ['main|develop', 'xdevelop', false],
  ['main|develop', 'mainly', false],
  [String.raw`release/\d+\.\d+`, 'release/1.10', true],
  [String.raw`release/\d+\.\d+`, 'release/1.10-rc', false],
  ['(?i)MAIN', 'main', true],
])('the expression %j matches the whole of %j: %j', (branchRegex, branch, expected) => {
  expect(matchesBranch({ branchRegex }, branch)).toBe(expected);
});

test.each(['(a+)+$', '(a|aa)+$', '(a*)*b', '(.*a){20}', String.raw`^(([a-z])+.)+[A-Z]([a-z])+$`, '(x+x+)+y'])(
  'the expression %j cannot be made to hang',
  (branchRegex) => {
    const started = performance.now();

    matchesBranch({ branchRegex }, `${'a'.repeat(243)}!`);
    matchesBranch({ branchRegex }, 'x'.repeat(244));

    expect(performance.now() - started).toBeLessThan(1000);
  },
);

test.each(['((((a{100}){100}){100}){100})', '(((((((a{9}){9}){9}){9}){9}){9}){9})', 'a{1001}', '('.repeat(199)])(
  'the expression %j, which would grow without end, is refused at once',
  (pattern) => {
    const started = performance.now();

    expect(regexProblem(pattern)).toBeDefined();

    expect(performance.now() - started).toBeLessThan(1000);
  },
);

test.each([String.raw`(a)\1`, '(?=a)b', '(?<=a)b', 'a(', '[z-a]', '*', 'x'.repeat(201)])(
  'the expression %j is refused with a reason',
  (pattern) => {
    expect(regexProblem(pattern)).toMatch(/RE2|characters/);
  },
);

test('rules that differ have ids that differ, and the same rule keeps its id', () => {
  const rules = [
    [{ branch: 'main' }, 'dev'],
    [{ branch: 'a' }, 'b-c'],
    [{ branch: 'a-b' }, 'c'],
    [{ branch: 'a/b' }, 'c'],
    [{ branch: 'a_b' }, 'c'],
    [{ branch: 'Main' }, 'dev'],
    [{ branch: 'main*' }, 'dev'],
    [{ branchRegex: 'main' }, 'dev'],
    [{ branch: '日本' }, 'dev'],
    [{ branch: '**' }, 'dev'],
    [{ branch: 'x'.repeat(41) }, 'dev'],
    [{ branch: 'x'.repeat(42) }, 'dev'],
  ] as const;
  const ids = rules.map(([pattern, environment]) => branchRuleId('auto-release', pattern, environment));

  expect(new Set(ids).size).toBe(rules.length);
  expect(ids[0]).toBe('auto-release-main-dev');
  for (const id of ids) expect(id).toMatch(/^[a-z0-9-]{1,200}$/);
  expect(branchRuleId('auto-release', { branch: 'a/b' }, 'c')).toBe(ids[3]);
});

test.each([
  [{ branch: 'feature-x' }, { branch: 'main' }, true],
  [{ branch: 'feature/*' }, { branch: 'main' }, true],
  [{ branch: '**' }, { branch: 'main' }, false],
  [{ branch: 'hotfix/1' }, { branchRegex: 'hotfix/.*' }, false],
  [{ branchRegex: 'feature/.*' }, { branch: 'main' }, true],
  [{ branchRegex: 'a' }, { branchRegex: 'b' }, false],
])('no branch can be %j and %j: %j', (left, right, expected) => {
  expect(neverTogether(left, right)).toBe(expected);
});
