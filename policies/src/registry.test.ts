import { AppError, decide, releaseIntents, type ReleaseIntent } from '@release-manager/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { autoReleaseTargets } from './automation.ts';
import { policyConflicts } from './conflicts.ts';
import type { PolicyRequest } from './policy-kind.ts';
import type { PlacedPolicy } from './policy.ts';
import { describePolicy, evaluatePolicies, parsePolicy, policyId } from './registry.ts';

let line = 0;
function placed(raw: Record<string, unknown>, scope: 'global' | 'service' = 'service'): PlacedPolicy {
  const policy = parsePolicy(raw);
  const file = scope === 'global' ? 'release-manager.yaml' : 'policies/web.yaml';
  line += 1;
  return { id: policyId(policy), scope, policy, file, line };
}
const auto = (branch: string, environment: string, scope?: 'global') =>
  placed({ kind: 'auto-release', branch, environment }, scope);
const only = (branch: string, environment: string, scope?: 'global') =>
  placed({ kind: 'branch-restriction', branch, environment }, scope);

function request(change: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    service: 'web',
    environment: 'prod',
    branch: 'feature-x',
    branchProven: true,
    intent: 'branch',
    automatic: false,
    now: new Date(0),
    ...change,
  };
}
const verdict = (policies: readonly PlacedPolicy[], change?: Partial<PolicyRequest>) =>
  decide(evaluatePolicies(policies, request(change))).verdict;

test.each([
  [{ kind: 'auto-release', branch: 'main', environment: 'dev', brnach: 1 }, /"brnach".*branchRegex/],
  [{ kind: 'auto-release', environment: 'dev' }, /exactly one/],
  [{ kind: 'auto-release', branch: 'a', branchRegex: 'a', environment: 'dev' }, /exactly one/],
  [{ kind: 'auto-release', branch: 'main' }, /environment/],
  [{ kind: 'auto-release', branch: 'main', environment: 'De v' }, /environment name/],
  [{ kind: 'auto-release', branch: 7, environment: 'dev' }, /branch/],
  [{ kind: 'auto-release', branch: '{main,dev}', environment: 'dev' }, /branchRegex/],
  [{ kind: 'auto-release', branch: 'x'.repeat(201), environment: 'dev' }, /200/],
  [{ kind: 'auto-release', branch: 'a\nb', environment: 'dev' }, /control/],
  [{ kind: 'branch-restriction', branchRegex: '(', environment: 'dev' }, /RE2/],
  [{ kind: 'autorelease', branch: 'main', environment: 'dev' }, /"autorelease".*auto-release, branch-restriction/],
  [{ branch: 'main' }, /needs the field kind/],
  ['auto-release', /set of fields/],
  [null, /set of fields/],
  [[], /set of fields/],
  [{ kind: { toString: () => 'auto-release' } }, /no policy kind/],
  [JSON.parse('{"kind":"auto-release","branch":"main","environment":"dev","__proto__":{}}'), /__proto__/],
])('%j is refused in words', (raw, words) => {
  expect(() => parsePolicy(raw)).toThrow(words);
  expect(() => parsePolicy(raw)).toThrow(AppError);
});

test('a denial names the branch, the rule and both ways out', () => {
  const rule = only('main', 'prod');

  const [opinion] = evaluatePolicies([rule], request());

  expect(opinion).toEqual({
    rule: 'branch-restriction-main-prod',
    verdict: 'denies',
    explanation: 'prod takes artifacts of main only, and this one comes from feature-x',
    source: { file: 'policies/web.yaml', line: rule.line },
    next: `merge feature-x into main, or change policies/web.yaml line ${rule.line}`,
  });
});

test('several restrictions of one environment are alternatives, and say no once', () => {
  const rules = [only('main', 'prod'), only('hotfix/*', 'prod'), only('dev', 'dev')];

  expect(verdict(rules, { branch: 'hotfix/7' })).toBe('allowed');
  const denied = evaluatePolicies(rules, request()).filter((opinion) => opinion.verdict === 'denies');
  expect(denied).toHaveLength(1);
  expect(denied[0]?.explanation).toContain('main or hotfix/* only');
  expect(denied[0]?.next).toContain('merge feature-x into main, or change');
});

test('a branch that nobody proved satisfies no restriction and starts no automation', () => {
  const rules = [only('main', 'prod'), auto('main', 'prod')];

  expect(verdict(rules, { branch: 'main', branchProven: false })).toBe('denied');
  expect(verdict(rules, { branch: 'main', branchProven: false, intent: 'auto', automatic: true })).toBe('denied');
  expect(autoReleaseTargets(rules, { branch: 'main', branchProven: false })).toEqual([]);
});

test.each<[ReleaseIntent, string]>([
  ['auto', 'denied'],
  ['branch', 'denied'],
  ['artifact', 'denied'],
  ['promote', 'denied'],
  ['rollback', 'allowed'],
  ['restore', 'allowed'],
  ['undeploy', 'allowed'],
])('a restriction on %s of a foreign branch: %s', (intent, expected) => {
  expect(verdict([only('main', 'prod')], { intent })).toBe(expected);
});

test('a global restriction silences the one of the service, which says so', () => {
  const rules = [only('main', 'prod', 'global'), only('**', 'prod')];

  const opinions = evaluatePolicies(rules, request());

  expect(opinions.map((opinion) => opinion.verdict)).toEqual(['denies', 'not-concerned']);
  expect(opinions[1]?.explanation).toMatch(/release-manager\.yaml line \d+ already rules prod/);
});

test('automation is allowed by name, and refused when the rule is gone in the meantime', () => {
  const automatic = { intent: 'auto', automatic: true, branch: 'main' } as const;
  const [opinion] = evaluatePolicies([auto('main', 'prod')], request(automatic));

  expect(opinion).toMatchObject({ rule: 'auto-release-main-prod', verdict: 'allows' });
  expect(verdict([], automatic)).toBe('denied');
  expect(verdict([auto('develop', 'prod'), auto('test', 'prod')], automatic)).toBe('denied');
  expect(verdict([auto('develop', 'prod')], { branch: 'main' })).toBe('allowed');
});

test('the command that a denial offers does no harm in a shell', () => {
  const asked = (change: Partial<PolicyRequest>) =>
    evaluatePolicies([], request({ intent: 'auto', automatic: true, ...change }))[0]?.next;

  expect(asked({ branch: 'main' })).toContain('release-cli release main prod --service web');
  expect(asked({ branch: "x;$(id)'`" })).toContain(String.raw`release 'x;$(id)'\''${'`'}' prod`);
  expect(asked({ artifactId: 'main-0123456789-abcdef0123' })).toContain('--artifact main-0123456789-abcdef0123 prod');
});

test('where only proof is missing, changing the rule is no way out', () => {
  const [opinion] = evaluatePolicies([only('main', 'prod')], request({ branch: 'main', branchProven: false }));

  expect(opinion?.next).toContain('trustIncoming');
  expect(opinion?.next).not.toContain('change policies');
});

test('each environment is a target once, by the first rule that sends the branch there', () => {
  const rules = [auto('main', 'dev'), auto('**', 'dev'), auto('ma*', 'prod'), auto('x', 'staging')];

  const targets = autoReleaseTargets(rules, { branch: 'main', branchProven: true });

  expect(targets.map(({ environment, policy }) => [environment, policy.id])).toEqual([
    ['dev', 'auto-release-main-dev'],
    ['prod', rules[2]?.id],
  ]);
});

test('a conflict names both rules with file and line', () => {
  const rules = [only('main', 'prod', 'global'), auto('feature-x', 'prod'), auto('main', 'prod'), auto('**', 'prod')];

  const conflicts = policyConflicts(rules);

  expect(conflicts).toHaveLength(1);
  expect(conflicts[0]?.message).toContain(`policies/web.yaml line ${rules[1]?.line ?? 0} sends feature-x to prod`);
  expect(conflicts[0]?.message).toContain(`release-manager.yaml line ${rules[0]?.line ?? 0}`);
});

test('an auto-release that one of several restrictions lets in is no conflict', () => {
  expect(policyConflicts([only('main', 'prod'), only('hotfix/*', 'prod'), auto('hotfix/1', 'prod')])).toEqual([]);
});

test('rules are described in words', () => {
  expect(describePolicy(auto('main', 'dev').policy)).toBe('New artifacts of main go to dev by themselves.');
  expect(describePolicy(only('main', 'dev').policy)).toBe('dev takes artifacts of main.');
});

const branch = fc.constantFrom('main', 'develop', 'feature/x', 'hotfix/1');
const pattern = fc.constantFrom('main', 'develop', 'feature/*', '**', 'hotfix/*');
const rule = fc
  .tuple(fc.constantFrom(auto, only), pattern, fc.constantFrom('dev', 'prod'), fc.boolean())
  .map(([make, glob, environment, isGlobal]) =>
    isGlobal ? make(glob, environment, 'global') : make(glob, environment),
  );

test('whatever the rules: every no has a way out and a place, and other environments never matter', () => {
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 6 }),
      branch,
      fc.constantFrom(...releaseIntents),
      fc.boolean(),
      (rules, name, intent, branchProven) => {
        const asked = request({ branch: name, intent, branchProven, automatic: intent === 'auto' });
        const opinions = evaluatePolicies(rules, asked);
        expect(opinions.filter((opinion) => opinion.verdict === 'denies' && !opinion.next)).toEqual([]);
        const here = rules.filter(({ policy }) => policy.environment === 'prod');
        expect(evaluatePolicies(here, asked)).toEqual(opinions);
        const goesBack = ['rollback', 'restore', 'undeploy'].includes(intent);
        expect(goesBack && decide(opinions).verdict !== 'allowed').toBe(false);
      },
    ),
  );
});

function refusalOf(raw: unknown): unknown {
  try {
    parsePolicy(raw);
    return undefined;
  } catch (error) {
    return error;
  }
}

test('whatever is thrown at the parser: a policy, or an AppError', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), (raw) => {
      expect(refusalOf(raw)).toSatisfy((error) => error === undefined || error instanceof AppError);
    }),
  );
});
