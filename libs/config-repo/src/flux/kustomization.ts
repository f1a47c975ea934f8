import { kustomizationName } from '@release-manager/domain';

import type { Environment } from '../environment.ts';
import { layout } from '../layout.ts';
import { externalArtifactName } from './artifact-generator.ts';
import { deleteField, findObject, renderObjects, setFields, type Fields, type FluxObject } from './flux-object.ts';

export interface ServiceTarget {
  readonly environment: Environment;
  readonly namespace: string;
  readonly service: string;
}

const group = 'kustomize.toolkit.fluxcd.io';

/**
 * The service's Flux Kustomization. `wait: false`, since a release that crashes would never count as applied: what the
 * workloads do is the daemon's to tell. `prune: true`: what leaves the artifact leaves the cluster.
 */
function kustomization(target: ServiceTarget): FluxObject {
  const { environment, service } = target;
  return {
    apiVersion: `${group}/v1`,
    kind: 'Kustomization',
    metadata: {
      name: kustomizationName(environment.name, service),
      namespace: environment.flux.namespace,
      labels: labels(target),
    },
    spec: { ...sourceFields(target), ...ownedFields(target) },
  };
}

/** By these the daemon finds the Kustomization of a service also where its name is an older one. */
function labels({ environment, service }: ServiceTarget): Fields {
  return { 'release-manager.io/environment': environment.name, 'release-manager.io/service': service };
}

function sourceFields({ environment, namespace, service }: ServiceTarget): { path: string; sourceRef: Fields } {
  if (environment.flux.layout === 'sliced') {
    return {
      path: './',
      sourceRef: { kind: 'ExternalArtifact', name: externalArtifactName(environment.name, service) },
    };
  }
  return {
    path: `./${layout.release(environment.name, namespace, service)}`,
    sourceRef: { kind: 'GitRepository', name: environment.flux.source },
  };
}

function ownedFields({ environment, namespace }: ServiceTarget): Fields {
  const { interval, retryInterval, timeout, serviceAccountName, decryption, postBuild } = environment.flux;
  return {
    targetNamespace: namespace,
    prune: true,
    wait: false,
    interval,
    retryInterval,
    timeout,
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    ...(decryption === undefined ? {} : { decryption }),
    ...(postBuild === undefined ? {} : { postBuild }),
  };
}

/**
 * The file of the service's Kustomization: new, or the one that is there with our fields set. Its name and namespace stay,
 * because Flux deletes what a Kustomization applied when its name goes; so do comments and fields that people added.
 * @returns nothing when the file already says so.
 * @throws AppError invalid `flux.unreadable`; `name.pair` when `<env>-<service>` is too long.
 */
export function kustomizationFile(target: ServiceTarget, existing: Uint8Array | undefined): Uint8Array | undefined {
  const wanted = kustomization(target);
  if (existing === undefined) {
    return renderObjects(
      `Written by release-manager. Fields that are added here stay; its own are set again with each release.`,
      [wanted],
    );
  }
  const { document, changedFile } = findObject(existing, { group, kind: 'Kustomization' });
  const name = document.getIn(['metadata', 'name']);
  if (typeof name !== 'string' || name === '') setFields(document, ['metadata'], { name: wanted.metadata.name });
  const namespace = document.getIn(['metadata', 'namespace']);
  if (typeof namespace !== 'string') setFields(document, ['metadata'], { namespace: environmentNamespace(target) });
  setFields(document, ['metadata'], { labels: labels(target) });
  const { path, sourceRef } = sourceFields(target);
  const elsewhere = typeof namespace === 'string' && namespace !== environmentNamespace(target);
  // A reference without a namespace means that of the Kustomization, and the source lives in that of Flux.
  const reference: Fields = { ...sourceRef, ...(elsewhere ? { namespace: environmentNamespace(target) } : {}) };
  for (const foreign of ['apiVersion', 'namespace']) {
    if (!(foreign in reference)) deleteField(document, ['spec', 'sourceRef', foreign]);
  }
  setFields(document, ['spec'], { path, sourceRef: reference, ...ownedFields(target) });
  return changedFile();
}

function environmentNamespace({ environment }: ServiceTarget): string {
  return environment.flux.namespace;
}
