import { kustomizationName } from '@release-manager/domain';

import type { Environment } from '../environment.ts';
import { layout } from '../layout.ts';
import { findObject, renderObjects, setFields, type FluxObject } from './flux-object.ts';

const group = 'source.extensions.fluxcd.io';

/** The slice of one service, as its Kustomization refers to it: the name of the Kustomization, unless people chose another. */
export function externalArtifactName(environment: string, service: string): string {
  return kustomizationName(environment, service);
}

/**
 * Cuts the config repo into one ExternalArtifact per service of a namespace, so that a release wakes one Kustomization and
 * not all of them. One generator per namespace: a folder that cannot be cut stops only its neighbours. `originRevision`
 * carries the commit through, without which nobody could tell which release a slice is.
 * Schema: source-watcher v2.2, `docs/spec/v1beta1/artifactgenerators.md`.
 */
function artifactGenerator(environment: Environment, namespace: string): FluxObject {
  const folder = `@config/${layout.releases(environment.name)}/${namespace}/{service}`;
  return {
    apiVersion: `${group}/v1beta1`,
    kind: 'ArtifactGenerator',
    metadata: { name: `${environment.name}-${namespace}`, namespace: environment.flux.namespace },
    spec: {
      sources: [{ alias: 'config', kind: 'GitRepository', name: environment.flux.source }],
      pathPattern: folder,
      artifacts: [
        {
          name: `${environment.name}-{service}`,
          originRevision: '@config',
          copy: [{ from: `${folder}/**`, to: '@artifact/' }],
        },
      ],
    },
  };
}

/**
 * The file of the namespace's generator: new, or the one that is there with our fields set.
 * @returns nothing when it already says so.
 * @throws AppError invalid `flux.unreadable`.
 */
export function artifactsFile(
  environment: Environment,
  namespace: string,
  existing: Uint8Array | undefined,
): Uint8Array | undefined {
  const wanted = artifactGenerator(environment, namespace);
  if (existing === undefined) {
    return renderObjects('Written by release-manager: one slice of the config repo per service.', [wanted]);
  }
  const { document, changedFile } = findObject(existing, { group, kind: 'ArtifactGenerator' });
  setFields(document, ['metadata'], { namespace: environment.flux.namespace });
  setFields(document, ['spec'], wanted.spec ?? {});
  return changedFile();
}
