import { FakeApiServer } from '@release-manager/testing';
import { beforeEach, expect, it } from 'vitest';

import { playFlux, type Flux } from './apply-config-repo.ts';

const sync = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: flux-system, namespace: flux-system }
spec: { ref: { branch: main } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: flux-system, namespace: flux-system }
spec: { path: ./clusters/prod, prune: true, sourceRef: { kind: GitRepository, name: flux-system } }
`;
const child = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: prod-cart, namespace: flux-system, labels: { release-manager.io/service: cart } }
spec: { path: ./prod/releases/shop/cart, prune: true, targetNamespace: shop }
`;
const deployment = (image: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: cart }
spec: { replicas: 5, template: { spec: { containers: [{ name: cart, image: "${image}" }] } } }
status: {}
`;
const budget =
  'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: cart }\nspec: { maxUnavailable: 1 }\n';
const now = new Date('2026-03-01T10:00:00Z');

let api: FakeApiServer;
let flux: Flux;
beforeEach(() => {
  api = new FakeApiServer();
  flux = playFlux(api, 'prod');
});

function push(commit: string, files: Readonly<Record<string, string>>): void {
  const all = { 'clusters/prod/flux-system/sync.yaml': sync, ...files };
  const content = Object.entries(all).map(([path, text]) => ({ path, content: Buffer.from(text) }));
  flux.apply({ commit: commit.repeat(40), files: content }, now);
}

const inShop = 'prod/releases/shop/cart';
const whole = (image = 'cart:1') => ({
  'clusters/prod/shop/cart.yaml': child,
  [`${inShop}/deployment.yaml`]: deployment(image),
  [`${inShop}/pdb.yaml`]: budget,
  [`${inShop}/release.json`]: '{}',
});
const kustomization = () => api.get('Kustomization', 'flux-system', 'prod-cart');
const cart = () => api.get('Deployment', 'shop', 'cart');

it('applies what the folder of a service holds, and says of which commit it is', () => {
  push('a', whole());
  expect(cart()).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 5 } });
  expect(kustomization()?.['status']).toMatchObject({
    observedGeneration: 1,
    lastAppliedRevision: `main@sha1:${'a'.repeat(40)}`,
    conditions: [{ type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded' }],
    inventory: {
      entries: [
        { id: 'shop_cart_apps_Deployment', v: 'v1' },
        { id: 'shop_cart_policy_PodDisruptionBudget', v: 'v1' },
      ],
    },
  });
  expect(api.get('GitRepository', 'flux-system', 'flux-system')?.['status']).toMatchObject({
    artifact: { revision: `main@sha1:${'a'.repeat(40)}` },
  });
});

it('leaves what did not change as it is, with what its controller says of it', () => {
  push('a', whole());
  api.patch('Deployment', 'shop', 'cart', {
    metadata: { annotations: { 'deployment.kubernetes.io/revision': '1' } },
    status: { readyReplicas: 5 },
  });
  const before = cart();
  push('b', whole());
  expect(cart()).toEqual(before);
  expect(kustomization()?.['status']).toMatchObject({ lastAppliedRevision: `main@sha1:${'b'.repeat(40)}` });
  push('c', whole('cart:2'));
  expect(cart()).toMatchObject({
    metadata: {
      uid: before?.metadata.uid,
      generation: 2,
      annotations: { 'deployment.kubernetes.io/revision': '1' },
    },
    status: { readyReplicas: 5 },
  });
});

it('takes away what left the folder, and everything of a service that left', () => {
  push('a', whole());
  const { [`${inShop}/pdb.yaml`]: _gone, ...rest } = whole();
  push('b', rest);
  expect(api.list('PodDisruptionBudget')).toEqual([]);
  expect(cart()).toBeDefined();
  push('c', {});
  expect(cart()).toBeUndefined();
  expect(kustomization()).toBeUndefined();
});

it('says what it could not build, and keeps what was there', () => {
  push('a', whole());
  push('b', { ...whole(), [`${inShop}/deployment.yaml`]: 'kind: [' });
  expect(cart()).toBeDefined();
  expect(kustomization()?.['status']).toMatchObject({
    lastAppliedRevision: `main@sha1:${'a'.repeat(40)}`,
    lastAttemptedRevision: `main@sha1:${'b'.repeat(40)}`,
    conditions: [{ status: 'False', reason: 'BuildFailed' }],
  });
  expect(JSON.stringify(kustomization())).toContain('deployment.yaml:1');
});
