import { Observation } from '@release-manager/contract';
import { describe, expect, it } from 'vitest';

import type { Fields } from '../objects/index.ts';
import { concerns, kustomizationFacts } from './kustomization.ts';
import { otherFacts } from './other.ts';
import { controllerRevisionLink, replicaSetFacts, replicaSetLink } from './replica-set.ts';
import { sourceFacts } from './source.ts';

const flux = 'kustomize.toolkit.fluxcd.io/v1';

function kustomization(spec: object, labels: object = {}): Fields {
  return { apiVersion: flux, kind: 'Kustomization', metadata: { name: 'k', namespace: 'flux-system', labels }, spec };
}

describe('a Kustomization', () => {
  it.each([
    ['./clusters/dev', true],
    ['clusters/dev/', true],
    ['./clusters/dev/shop', true],
    ['./', true],
    ['./clusters/prod', false],
    ['./clusters/dev2', false],
    ['./dev/releases/shop/web', true],
    ['./infrastructure', false],
  ])('that applies %s concerns dev: %s', (path, expected) => {
    expect(concerns(kustomization({ path, sourceRef: { kind: 'GitRepository' } }), 'dev')).toBe(expected);
  });

  it('of a service is known by its labels, whatever it reads', () => {
    const labels = { 'release-manager.io/service': 'web', 'release-manager.io/environment': 'dev' };
    const sliced = kustomization({ path: './', sourceRef: { kind: 'ExternalArtifact', name: 'dev-web' } }, labels);
    expect(concerns(sliced, 'dev')).toBe(true);
    expect(concerns(sliced, 'prod')).toBe(false);
    expect(concerns(kustomization({ path: './', sourceRef: { kind: 'ExternalArtifact' } }), 'dev')).toBe(false);
  });

  it('in the sliced layout says which commit was tried last', () => {
    const facts = kustomizationFacts({
      ...kustomization({ path: './', sourceRef: { kind: 'ExternalArtifact', name: 'dev-web' }, suspend: true }),
      status: {
        observedGeneration: 3,
        lastAppliedRevision: 'latest@sha256:aa',
        lastAppliedOriginRevision: 'main@sha1:bb',
        lastAttemptedRevision: 'sha256:cc',
        history: [{ digest: 'sha256:cc', metadata: { originRevision: 'main@sha1:dd' } }, { metadata: {} }],
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'ReconciliationFailed',
            message: `Deployment/shop/web dry-run failed (Invalid): ${'x'.repeat(3_000)}`,
            lastTransitionTime: '2026-11-21T10:00:00Z',
          },
        ],
        inventory: { entries: [{ id: 'shop_web_apps_Deployment', v: 'v1' }, { id: '' }, 'junk'] },
      },
    });
    expect(facts).toMatchObject({
      suspended: true,
      source: { kind: 'ExternalArtifact', namespace: 'flux-system', name: 'dev-web' },
      lastAppliedOriginRevision: 'main@sha1:bb',
      lastAttemptedOriginRevision: 'main@sha1:dd',
      inventory: ['shop_web_apps_Deployment'],
    });
    expect(facts.conditions[0]?.message).toHaveLength(2_000);
    expect(facts.inventoryCut).toBeUndefined();
  });

  it('with a huge inventory is cut, so that it fits into a batch', () => {
    const entries = Array.from({ length: 5_000 }, (_, index) => ({
      id: `shop_${'n'.repeat(200)}-${index}__Secret`,
      v: 'v1',
    }));
    const facts = kustomizationFacts({ ...kustomization({}), status: { inventory: { entries } } });
    expect(facts.inventoryCut).toBe(true);
    expect(JSON.stringify(facts).length).toBeLessThan(256 * 1024);
  });
});

describe('a source', () => {
  it('says its revision, and the commit that a slice was cut from', () => {
    const artifact = {
      revision: 'latest@sha256:aa',
      metadata: { 'org.opencontainers.image.revision': 'main@sha1:bb' },
    };
    const facts = sourceFacts({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'ExternalArtifact',
      metadata: { name: 'dev-web', namespace: 'flux-system', uid: 'u', generation: 2, resourceVersion: '9' },
      status: { artifact, conditions: [] },
    });
    expect(facts).toMatchObject({
      revision: 'latest@sha256:aa',
      originRevision: 'main@sha1:bb',
      observedGeneration: 2,
    });
  });
});

describe('what tells of revisions', () => {
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd', controller: true };

  it('is the annotation of a ReplicaSet, and the number of a ControllerRevision', () => {
    const annotations = { 'deployment.kubernetes.io/revision': '12' };
    const labels = { 'pod-template-hash': 'abc' };
    const set = { metadata: { name: 'web-abc', uid: 'r', annotations, labels, ownerReferences: [owner] } };
    expect(replicaSetLink(set)).toEqual({
      uid: 'r',
      owner: { kind: 'Deployment', name: 'web', uid: 'd' },
      hash: 'abc',
      revision: 12,
    });
    const revision = { revision: 3, metadata: { uid: 'c', labels: { 'controller-revision-hash': 'def' } } };
    expect(controllerRevisionLink(revision)).toEqual({ uid: 'c', owner: undefined, hash: 'def', revision: 3 });
  });

  it('an owner that is not the controller owns nothing', () => {
    const ownerReferences = [{ ...owner, controller: false }];
    expect(replicaSetLink({ metadata: { uid: 'r', ownerReferences } }).owner).toBeUndefined();
  });
});

const junk: readonly unknown[] = [{}, { metadata: null, spec: 7, status: [] }, { metadata: { labels: 'x', name: 5 } }];

it.each(junk)('an object as no API server would send it breaks nothing: %j', (object) => {
  const named = { ...(object as object), apiVersion: 'x/v1', kind: 'K' } as Fields;
  const facts = [kustomizationFacts(named), sourceFacts(named), otherFacts(named, 'web'), replicaSetFacts(named)];
  for (const one of facts) {
    const whole = { ...one, object: { ...one.object, name: 'n', uid: 'u' } };
    expect(Observation.safeParse(whole).error?.issues ?? []).toEqual([]);
  }
});
