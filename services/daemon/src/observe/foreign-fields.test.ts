import { Observation } from '@release-manager/contract';
import { describe, expect, it } from 'vitest';

import { fieldOwners, type Fields } from '../objects/index.ts';
import { deploymentFacts } from './deployment.ts';
import { cronJobFacts } from './job.ts';

const release = { 'f:metadata': { 'f:annotations': { 'f:release-manager.io/release-id': {}, 'f:other': {} } } };
const replicas = { 'f:spec': { 'f:replicas': {} } };
const images = (...names: string[]) => {
  const containers = names.map((name) => [`k:${JSON.stringify({ name })}`, { '.': {}, 'f:image': {}, 'f:env': {} }]);
  return { 'f:template': { 'f:spec': { 'f:containers': Object.fromEntries(containers) as object } } };
};
const entry = (manager: string, time: string, fieldsV1: object, more: object = {}) => ({
  manager,
  operation: 'Update',
  time,
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
});
const flux = (fieldsV1: object) =>
  entry('kustomize-controller', '2026-11-21T10:00:00Z', fieldsV1, { operation: 'Apply' });

function deployment(managedFields: readonly object[] | undefined, ...containers: string[]): Fields {
  const metadata = { name: 'web', namespace: 'shop', uid: 'u', ...(managedFields && { managedFields }) };
  const owners = fieldOwners(metadata);
  const template = { spec: { containers: containers.map((name) => ({ name, image: `${name}:1` })) } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: owners === undefined ? metadata : { ...metadata, managedFields: owners },
    spec: { replicas: 2, template },
  };
}

const foreign = (object: Fields) => {
  const facts = deploymentFacts(object);
  expect(Observation.safeParse(facts).error?.issues ?? []).toEqual([]);
  return facts.notByFlux;
};

describe('who set what a workload is compared by', () => {
  it('is Flux for everything: nothing is foreign', () => {
    const all = { ...release, 'f:spec': { 'f:replicas': {}, ...images('app') } };
    expect(foreign(deployment([flux(all)], 'app'))).toEqual([]);
  });

  it('is whoever edited it last, by name; a container that nobody of Flux brought is foreign as well', () => {
    const managedFields = [
      flux({ ...release, 'f:spec': images('app') }),
      entry('node-fetch', '2026-11-21T10:01:00Z', replicas),
      entry('kubectl', '2026-11-21T10:02:00Z', replicas, { subresource: 'scale' }),
      entry('kubectl-edit', '2026-11-21T10:03:00Z', { 'f:spec': images('sidecar') }),
    ];
    expect(foreign(deployment(managedFields, 'app', 'sidecar'))).toEqual([
      { field: 'replicas', manager: 'kubectl' },
      { field: 'image', container: 'sidecar', manager: 'kubectl-edit' },
    ]);
  });

  it('is Flux where another one set the same value beside it', () => {
    const managedFields = [
      flux({ ...release, 'f:spec': { 'f:replicas': {}, ...images('app') } }),
      entry('x', '', replicas),
    ];
    expect(foreign(deployment(managedFields, 'app'))).toEqual([]);
  });

  it('is nobody where the annotation was taken away, or the API server set the default', () => {
    expect(foreign(deployment([flux({ 'f:spec': images('app') })], 'app'))).toEqual([
      { field: 'replicas' },
      { field: 'release' },
    ]);
  });

  it('is not known of an object without managedFields', () => {
    expect(foreign(deployment(undefined, 'app'))).toBeUndefined();
  });

  it('of a CronJob stands in the template of its Jobs', () => {
    const owners = fieldOwners({
      managedFields: [entry('kubectl-set', '', { 'f:spec': { 'f:jobTemplate': { 'f:spec': images('run') } } })],
    });
    const template = { spec: { containers: [{ name: 'run', image: 'run:1' }] } };
    const metadata = { name: 'nightly', uid: 'u', managedFields: owners };
    const facts = cronJobFacts({ kind: 'CronJob', metadata, spec: { jobTemplate: { spec: { template } } } });
    expect(facts.notByFlux).toEqual([
      { field: 'release' },
      { field: 'image', container: 'run', manager: 'kubectl-set' },
    ]);
  });

  it.each([[{ managedFields: 'x' }], [{ managedFields: [null, 7, { fieldsV1: { 'f:spec': 3 } }, { manager: {} }] }]])(
    'breaks nothing where an object is as no API server would send it: %j',
    (metadata) => {
      expect(fieldOwners(metadata)).toEqual([]);
    },
  );

  it('names of containers that are no JSON are left out', () => {
    const containers = { 'k:{"name":': { 'f:image': {} }, 'k:{"name":7}': { 'f:image': {} }, 'v:1': { 'f:image': {} } };
    const managedFields = [
      entry('x', '', { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': containers } } } }),
    ];
    expect(fieldOwners({ managedFields })).toEqual([]);
  });
});
