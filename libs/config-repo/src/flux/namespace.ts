import { renderObjects, type FluxObject } from './flux-object.ts';

/** The Namespace of services. Pruning is off: losing the file must not delete what nobody can bring back. */
function namespaceObject(name: string): FluxObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } },
  };
}

export function namespaceFile(name: string): Uint8Array {
  return renderObjects('Written once by release-manager, and yours from then on.', [namespaceObject(name)]);
}
