import { parseConfig } from '@release-manager/config-repo';
import type { RuleOpinion } from '@release-manager/domain';
import { describe, expect, test } from 'vitest';

import { obstaclesOf, planOf, type PlanInput } from './plan-of.ts';

const main = `environments:
  - { name: dev }
  - { name: staging }
  - { name: prod }
policies:
  - { kind: branch-restriction, environment: prod, branch: main }
`;
const policies = (service: string, ...rules: readonly string[]): string =>
  `service: ${service}\npolicies:\n${rules.map((rule) => `  - { ${rule} }\n`).join('')}`;

function snapshotOf(files: Readonly<Record<string, string>>) {
  return parseConfig(
    'abc',
    new Map(
      Object.entries({ 'release-manager.yaml': main, ...files }).map(([path, text]) => [path, Buffer.from(text)]),
    ),
  );
}

function plan(
  files: Readonly<Record<string, string>>,
  more: Partial<Omit<PlanInput, 'snapshot'>> & { readonly services?: readonly string[] } = {},
) {
  return planOf({
    baseBranch: 'main',
    concerned: { services: more.services ?? ['web'], untouched: ['api'], remarks: [] },
    snapshot: snapshotOf(files),
    stops: () => [],
    now: new Date('2026-01-02T03:04:00Z'),
    ...more,
  });
}

const auto = (environment: string, branch = 'branch: main'): string =>
  `kind: auto-release, ${branch}, environment: ${environment}`;

describe('what the merge releases by itself', () => {
  test('in the order of promotion, with the rule, its words and its place', () => {
    const { targets, untouched } = plan({ 'policies/web.yaml': policies('web', auto('prod'), auto('dev')) });
    expect(
      targets.map(({ service, environment, policy, decision }) => [service, environment, policy, decision.verdict]),
    ).toEqual([
      [
        'web',
        'dev',
        {
          id: 'auto-release-main-dev',
          says: 'New artifacts of main go to dev by themselves.',
          file: 'policies/web.yaml',
          line: 4,
        },
        'allowed',
      ],
      ['web', 'prod', expect.objectContaining({ file: 'policies/web.yaml', line: 3 }), 'allowed'],
    ]);
    expect(untouched).toEqual(['api']);
  });

  test.each([
    [
      'a rule of another branch',
      { 'policies/web.yaml': policies('web', auto('dev', 'branch: release/*')) },
      'main',
      [],
    ],
    ['a glob', { 'policies/web.yaml': policies('web', auto('dev', 'branch: release/*')) }, 'release/1', ['dev']],
    ['a pattern', { 'policies/web.yaml': policies('web', auto('dev', 'branchRegex: "v[0-9]+"')) }, 'v12', ['dev']],
    [
      'a pattern that is longer',
      { 'policies/web.yaml': policies('web', auto('dev', 'branchRegex: "v[0-9]+"')) },
      'v12x',
      [],
    ],
    ['no rules', {}, 'main', []],
    ['rules of another service', { 'policies/api.yaml': policies('api', auto('dev')) }, 'main', []],
  ])('%s', (_what, files, baseBranch, environments) => {
    expect(plan(files, { baseBranch }).targets.map(({ environment }) => environment)).toEqual(environments);
  });

  test('nothing before the config repo is initialised', () => {
    const snapshot = parseConfig('', new Map());
    const concerned = { services: ['web'], untouched: [], remarks: [] };
    expect(planOf({ baseBranch: 'main', concerned, snapshot, stops: () => [], now: new Date() }).targets).toEqual([]);
  });
});

describe('what stands in the way', () => {
  const rules = { 'policies/web.yaml': policies('web', auto('dev'), auto('prod')) };
  const hold: RuleOpinion = { rule: 'hold', verdict: 'waits', explanation: 'prod is held' };

  test('a hold of one environment', () => {
    const { targets } = plan(rules, { stops: ({ environment }) => (environment === 'prod' ? [hold] : []) });
    expect(targets.map((target) => obstaclesOf(target))).toEqual([[], [hold]]);
    expect(targets[1]?.decision.verdict).toBe('waiting');
  });

  test('a rule on branches, with its place', () => {
    const { targets } = plan(
      { 'policies/web.yaml': policies('web', auto('prod', 'branch: "release/*"')) },
      { baseBranch: 'release/1' },
    );
    expect(targets.map((target) => obstaclesOf(target))).toEqual([
      [expect.objectContaining({ verdict: 'denies', source: { file: 'release-manager.yaml', line: 6 } })],
    ]);
  });

  test('a broken file', () => {
    const { targets } = plan({ 'policies/web.yaml': policies('web', auto('dev'), 'kind: nonsense') });
    expect(targets.map((target) => obstaclesOf(target)[0]?.explanation)).toEqual([
      expect.stringContaining('policies/web.yaml:4 is broken'),
    ]);
  });
});
