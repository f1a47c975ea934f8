import { expect, test } from 'vitest';

import { isKindAllowed, needsAllowance } from './kubernetes-kinds.ts';

const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole' };
const helmRelease = { apiGroup: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease' };
const configMap = { apiGroup: '', kind: 'ConfigMap' };
const kustomization = { apiGroup: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization' };

test('what belongs to the cluster, or makes others act, needs an allowance', () => {
  expect([role, helmRelease, configMap].map(needsAllowance)).toEqual([true, true, false]);
  expect(isKindAllowed(configMap, [])).toBe(true);
  expect(isKindAllowed(role, [])).toBe(false);
  expect(isKindAllowed(helmRelease, ['ClusterRole'])).toBe(false);
});

test('an allowance names a kind, or a kind of one group', () => {
  expect(isKindAllowed(role, ['ClusterRole'])).toBe(true);
  expect(isKindAllowed(role, ['ClusterRole.rbac.authorization.k8s.io'])).toBe(true);
  expect(isKindAllowed(role, ['ClusterRole.example.com'])).toBe(false);
  expect(isKindAllowed({ ...role, apiGroup: 'example.com' }, ['ClusterRole.rbac.authorization.k8s.io'])).toBe(false);
});

test('a Kustomization is never allowed', () => {
  expect(isKindAllowed(kustomization, ['Kustomization', 'Kustomization.kustomize.toolkit.fluxcd.io'])).toBe(false);
});
