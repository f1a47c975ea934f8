import type { ForeignField, WorkloadFacts } from '@release-manager/contract';
import type { DeclaredWorkload } from '@release-manager/manifests';
import { describe, expect, test } from 'vitest';

import { deployment } from '../facts.testing.ts';
import { findDifferences } from './difference.ts';

const web: DeclaredWorkload = {
  apiGroup: 'apps',
  kind: 'Deployment',
  name: 'web',
  replicas: 2,
  releaseId: 'rel_1',
  containers: [{ name: 'app', image: 'example/web:1' }],
};
const live = (more: Parameters<typeof deployment>[1] = {}): WorkloadFacts =>
  deployment('web', { release: 'rel_1', ...more });
const compare = (wanted: DeclaredWorkload, ...found: readonly WorkloadFacts[]) =>
  findDifferences({ service: 'web', namespace: 'shop', wanted: [wanted], live: found });
const fields = (wanted: DeclaredWorkload, ...found: readonly WorkloadFacts[]): string[] =>
  compare(wanted, ...found).map(({ field, wanted: should, live: is, by }) => `${field} ${should} ${is} ${by ?? '-'}`);

const image = (container: string, of = 'example/web:1') => ({ container, image: of });
const foreign = (...notByFlux: readonly ForeignField[]) => ({ notByFlux: [...notByFlux] });

test('what is as committed is no difference, whoever set it', () => {
  expect(compare(web, live())).toEqual([]);
  expect(compare(web, live(foreign({ field: 'replicas', manager: 'kubectl' })))).toEqual([]);
});

test('each field that is other is one, with who set it where that is known', () => {
  const changed = { desired: 5, images: [image('app', 'example/web:2')], release: 'rel_2' };
  expect(fields(web, live(changed))).toEqual([
    'release rel_1 rel_2 -',
    'replicas 2 5 -',
    'image of app example/web:1 example/web:2 -',
  ]);
  const known = foreign({ field: 'replicas', manager: 'kubectl' }, { field: 'image', container: 'app' });
  expect(fields(web, live({ ...changed, release: 'rel_1', ...known }))).toEqual([
    'replicas 2 5 kubectl',
    'image of app example/web:1 example/web:2 -',
  ]);
  expect(compare(web, live({ desired: 5 }))).toEqual([
    { object: 'Deployment shop/web', uid: 'uid-deployment-web', field: 'replicas', wanted: '2', live: '5' },
  ]);
});

describe('is none', () => {
  test('what Flux owns: patches, substitutions and webhooks change it on the way', () => {
    const changed = { desired: 5, images: [image('app', 'mirror.example.com/web@sha256:aa')] };
    expect(compare(web, live({ ...changed, ...foreign() }))).toEqual([]);
  });

  test('replicas that an autoscaler sets, that are not declared, or that the kind does not have', () => {
    const { replicas: _, ...free } = web;
    expect(compare(web, live({ desired: 9, autoscaled: true }))).toEqual([]);
    expect(compare(free, live({ desired: 9 }))).toEqual([]);
    const { desired: __, ...rest } = live();
    expect(compare(web, rest)).toEqual([]);
  });

  test('an image that is not known beforehand', () => {
    const other = live({ images: [image('app', 'other:1')] });
    expect(compare({ ...web, containers: [{ name: 'app' }] }, other)).toEqual([]);
  });

  test('a release id that is not committed, and an object that is not there or elsewhere', () => {
    const { releaseId: _, ...unstamped } = web;
    expect(compare(unstamped, live({ release: 'rel_9' }))).toEqual([]);
    expect(compare(web)).toEqual([]);
    expect(compare(web, live({ desired: 5, deleted: true }))).toEqual([]);
    expect(compare({ ...web, name: 'api' }, live({ desired: 5 }))).toEqual([]);
  });
});

test('a stamp that was taken away is one, even if nobody owns it any more', () => {
  const bare = live({ stamp: { service: '' }, ...foreign() });
  expect(fields(web, bare)).toEqual(['service web none -', 'release rel_1 none -']);
});

test('a container that was taken out is one; one that was put in when somebody is known to have done it', () => {
  const sidecar = [image('app'), image('debug', 'busybox')];
  expect(fields(web, live({ images: [], ...foreign() }))).toEqual(['image of app example/web:1 none -']);
  expect(fields(web, live({ images: sidecar }))).toEqual([]);
  expect(fields(web, live({ images: sidecar, ...foreign() }))).toEqual([]);
  const by = foreign({ field: 'image', container: 'debug', manager: 'kubectl-edit' });
  expect(fields(web, live({ images: sidecar, ...by }))).toEqual(['image of debug none busybox kubectl-edit']);
});

test('of two objects under one name the later one counts', () => {
  const old = live({ desired: 5, createdAt: '2026-02-01T00:00:00Z' });
  expect(compare(web, old, live())).toEqual([]);
});
