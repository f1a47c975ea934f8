import type { KustomizationFacts } from '@release-manager/contract';
import { expect, test } from 'vitest';

import { kustomization } from '../facts.testing.ts';
import { graces } from './graces.ts';
import { commit, judgeUntil, older, subject } from './subject.testing.ts';
import type { ClusterFacts } from './subject.ts';

const tried = (reason: string, message: string, more: Partial<KustomizationFacts> = {}): Partial<ClusterFacts> => ({
  flux: {
    kustomization: kustomization('web', {
      lastAppliedRevision: `main@sha1:${older}`,
      lastAttemptedRevision: `main@sha1:${commit}`,
      conditions: [{ type: 'Ready', status: 'False', reason, message }],
      ...more,
    }),
    sources: [],
  },
});

/** Each row of the failure table in docs/rollouts.md that is about Flux: what it says, what that is called, after how long it fails the release. */
const table: readonly (readonly [string, Partial<ClusterFacts>, string, number])[] = [
  [
    'webhook denies the object',
    tried(
      'ReconciliationFailed',
      'Deployment/shop/web dry-run failed (Forbidden): admission webhook "x" denied the request',
    ),
    'flux.apply-failed',
    graces.fluxCertain,
  ],
  [
    'webhook is away',
    tried('ReconciliationFailed', 'Deployment/shop/web dry-run failed (InternalError): failed calling webhook "x"'),
    'flux.apply-failed',
    graces.fluxMends,
  ],
  [
    'immutable field',
    tried('ReconciliationFailed', 'Job/shop/web dry-run failed (Invalid): spec.template: field is immutable'),
    'flux.apply-failed',
    graces.fluxCertain,
  ],
  [
    'duplicate objects',
    tried('BuildFailed', 'kustomize build failed: may not add resource with an already registered id'),
    'flux.build-failed',
    graces.fluxCertain,
  ],
  [
    'broken YAML',
    tried('BuildFailed', 'failed to decode Kubernetes YAML from /tmp/web.yaml'),
    'flux.build-failed',
    graces.fluxCertain,
  ],
  [
    'CRD missing',
    tried('ReconciliationFailed', 'X/shop/web dry-run failed: no matches for kind "X" in version "v1"'),
    'flux.apply-failed',
    graces.fluxMends,
  ],
  [
    'namespace missing',
    tried('ReconciliationFailed', 'Deployment/shop/web not found: namespaces "shop" not found'),
    'flux.apply-failed',
    graces.fluxMends,
  ],
  [
    'schema',
    tried(
      'ReconciliationFailed',
      'dry-run failed: failed to create typed patch object (shop/web; apps/v1): .spec.foo: field not declared in schema',
    ),
    'flux.apply-failed',
    graces.fluxCertain,
  ],
  [
    'unset variable',
    tried('BuildFailed', "post build failed for 'web': variable not set (strict mode)"),
    'flux.build-failed',
    graces.fluxCertain,
  ],
  ['prune', tried('PruneFailed', 'Service/shop/old delete failed'), 'flux.prune-failed', graces.fluxPrune],
  [
    'health check of Flux',
    tried('HealthCheckFailed', 'timeout waiting for: [Deployment/shop/web status: InProgress]'),
    'flux.health-check-failed',
    graces.fluxMends,
  ],
];

test.each(table)('%s', (_what, facts, code, seconds) => {
  const { verdict, at: after } = judgeUntil(subject(facts), 2000);
  expect({ phase: verdict.phase, code: verdict.why?.code, after }).toEqual({ phase: 'failed', code, after: seconds });
  expect(verdict.why?.next).toBeTruthy();
  expect(verdict.says).toContain(verdict.why?.object ?? '?');
});
