import type { ArtifactFile } from '@release-manager/domain';
import { listAt, textAt, type FakeApiServer, type KubeObject } from '@release-manager/testing';

import { createKinds, groupOf, isNamespaced, versionOf } from './kinds.ts';
import { objectsOf } from './manifest-objects.ts';

/** A commit of the config repo with the files that concern an environment. */
export interface CommittedFiles {
  readonly commit: string;
  readonly files: readonly ArtifactFile[];
}

export interface Flux {
  /** The folders of the config repo that it reads. */
  readonly folders: readonly string[];
  /** Brings the API server to what a commit says. */
  apply(committed: CommittedFiles, now: Date): void;
}

/** What annotations a controller of Kubernetes wrote; applying leaves them alone. */
const foreign = 'deployment.kubernetes.io/';

/**
 * Plays the source- and the kustomize-controller for one environment in the plain layout: the root applies
 * `clusters/<environment>`, each Kustomization in it the folder that it names, and what left a folder is pruned.
 */
export function playFlux(api: FakeApiServer, environment: string): Flux {
  const ensureKind = createKinds(api);
  const clusters = `clusters/${environment}`;
  const lastApplied = new Map<string, string>();

  function applyObject(object: KubeObject, namespace: string | undefined): KubeObject {
    ensureKind(object);
    const { status: _status, ...rest } = object;
    const { metadata } = object;
    const place = isNamespaced(object) ? { namespace: namespace ?? metadata.namespace ?? 'default' } : {};
    const live = api.get(object.kind, place.namespace ?? '', metadata.name);
    const kept = Object.entries(live?.metadata.annotations ?? {}).filter(([key]) => key.startsWith(foreign));
    const annotations = { ...Object.fromEntries(kept), ...metadata.annotations };
    const wanted: KubeObject = { ...rest, metadata: { ...metadata, ...place, annotations } };
    const id = inventoryId(wanted);
    const text = JSON.stringify({ ...rest, metadata });
    if (live !== undefined && lastApplied.get(id) === text) return live;
    lastApplied.set(id, text);
    return api.put(wanted);
  }

  function prune(before: readonly string[], now: readonly string[]): void {
    for (const id of before.filter((each) => !now.includes(each))) {
      const [namespace = '', name = '', , kind = ''] = id.split('_');
      const gone = api.get(kind, namespace, name);
      if (gone === undefined) continue;
      if (kind === 'Kustomization') prune(inventoryOf(gone), []);
      api.remove(kind, namespace, name);
    }
  }

  /** One reconciliation: builds, applies, prunes, and says how it went. */
  function reconcile(kustomization: KubeObject, { commit, files }: CommittedFiles, now: Date): void {
    const revision = `main@sha1:${commit}`;
    const folder = `${textAt(kustomization, 'spec', 'path').replace(/^\.\//, '')}/`;
    const inside = files.filter(({ path }) => path.startsWith(folder) && /\.ya?ml$/.test(path));
    const before = inventoryOf(kustomization);
    let outcome: Outcome;
    try {
      const namespace = textAt(kustomization, 'spec', 'targetNamespace') || undefined;
      const applied = objectsOf(inside).map((object) => applyObject(object, namespace));
      prune(before, applied.map(inventoryId));
      outcome = { applied, reason: 'ReconciliationSucceeded', message: `Applied revision: ${revision}` };
    } catch (error) {
      outcome = { reason: 'BuildFailed', message: error instanceof Error ? error.message : String(error) };
    }
    api.patch('Kustomization', kustomization.metadata.namespace ?? '', kustomization.metadata.name, {
      status: statusOf(kustomization, outcome, { revision, now }),
    });
  }

  return {
    folders: [clusters, `${environment}/releases`],
    apply(committed, now) {
      const roots = objectsOf(committed.files.filter(({ path }) => path.startsWith(`${clusters}/flux-system/`)));
      for (const object of roots) {
        const live = applyObject(object, undefined);
        if (live.kind === 'GitRepository') tellRevision(api, live, committed.commit, now);
      }
      const all = (): KubeObject[] => api.list('Kustomization');
      for (const root of all().filter((each) => isRoot(each, clusters))) reconcile(root, committed, now);
      for (const child of all().filter((each) => !isRoot(each, clusters))) reconcile(child, committed, now);
    },
  };
}

interface Outcome {
  /** Absent: nothing was. */
  readonly applied?: readonly KubeObject[];
  readonly reason: string;
  readonly message: string;
}

function statusOf(
  kustomization: KubeObject,
  { applied, reason, message }: Outcome,
  { revision, now }: { readonly revision: string; readonly now: Date },
): object {
  const ready = {
    type: 'Ready',
    status: applied === undefined ? 'False' : 'True',
    reason,
    message,
    lastTransitionTime: now.toISOString(),
  };
  const entries = applied?.map((object) => ({ id: inventoryId(object), v: versionOf(object) }));
  return {
    observedGeneration: kustomization.metadata.generation,
    lastAttemptedRevision: revision,
    conditions: [ready],
    ...(entries === undefined ? {} : { lastAppliedRevision: revision, inventory: { entries } }),
  };
}

function tellRevision(api: FakeApiServer, source: KubeObject, commit: string, now: Date): void {
  const ready = { type: 'Ready', status: 'True', reason: 'Succeeded', lastTransitionTime: now.toISOString() };
  const { namespace = '', name, generation } = source.metadata;
  const status = { observedGeneration: generation, artifact: { revision: `main@sha1:${commit}` }, conditions: [ready] };
  api.patch('GitRepository', namespace, name, { status });
}

function isRoot(kustomization: KubeObject, clusters: string): boolean {
  return textAt(kustomization, 'spec', 'path').replace(/^\.\//, '') === clusters;
}

/** What Flux writes of an object it applied: `<namespace>_<name>_<group>_<kind>`. */
function inventoryId(object: KubeObject): string {
  const { kind, metadata } = object;
  return [metadata.namespace ?? '', metadata.name, groupOf(object), kind].join('_');
}

function inventoryOf(kustomization: KubeObject): string[] {
  return listAt(kustomization, 'status', 'inventory', 'entries').map((entry) => textAt(entry, 'id'));
}
