import { decide } from '@release-manager/domain';
import { expect, test } from 'vitest';

import type { PlacedPolicy } from './policy.ts';
import { evaluatePolicies, parsePolicy, policyId } from './registry.ts';

const policy = parsePolicy({ kind: 'branch-restriction', branch: 'main', environment: 'prod' });
const mainOnly: PlacedPolicy = { id: policyId(policy), scope: 'global', policy, file: 'release-manager.yaml', line: 7 };
const request = {
  service: 'web',
  environment: 'prod',
  branch: 'hotfix/x',
  branchProven: false,
  artifactId: 'hotfix-x-0123456789-abcdef0123',
  automatic: false,
  now: new Date(0),
} as const;

test('a way back to what was there before is allowed by one opinion that says why, whatever the rules are', () => {
  const said = evaluatePolicies([mainOnly], { ...request, intent: 'rollback', onceCommittedThere: true });
  expect(said).toEqual([
    {
      rule: 'way-back',
      verdict: 'allows',
      explanation:
        'hotfix-x-0123456789-abcdef0123 was in prod before, and a way back is not asked for branch, freeze, soak or approval',
    },
  ]);
});

test.each(['auto', 'branch', 'artifact', 'promote'] as const)('%s is not a way back, though it was there', (intent) => {
  const said = evaluatePolicies([mainOnly], { ...request, intent, onceCommittedThere: true });
  expect(decide(said).verdict).toBe('denied');
});

test('a rollback to what never was there is asked the rules like anything else', () => {
  const said = evaluatePolicies([mainOnly], { ...request, intent: 'rollback', onceCommittedThere: false });
  expect(said.some(({ rule }) => rule === 'way-back')).toBe(false);
});
