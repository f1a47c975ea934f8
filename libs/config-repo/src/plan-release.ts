import { AppError } from '@release-manager/domain';

import type { Edit, Plan, PlanProblem } from './edit.ts';
import { artifactsFile } from './flux/artifact-generator.ts';
import { kustomizationFile } from './flux/kustomization.ts';
import { namespaceFile } from './flux/namespace.ts';
import { layout } from './layout.ts';
import { fromError, manifestFolder } from './manifest-folder.ts';
import type { PlanReleaseInput } from './release-input.ts';

/**
 * What a release changes in the config repo: its own folder whole, and whatever Flux still lacks to apply it. Pure: the
 * same input gives the same bytes. With problems there are no edits.
 */
export function planRelease(input: PlanReleaseInput): Plan {
  const { environment, namespace, service } = input;
  const folder = layout.release(environment.name, namespace, service);
  const reserved = reservedNamespace(input);
  if (reserved !== undefined) return { edits: [], problems: [reserved] };
  const manifests = manifestFolder(input, folder);
  const flux = fluxEdits(input);
  const problems = [...manifests.problems, ...flux.problems];
  if (problems.length > 0) return { edits: [], problems };
  return { edits: [{ kind: 'replace-folder', path: folder, files: manifests.files }, ...flux.edits], problems };
}

/** Beside the Flux objects of the root a service could replace them. */
function reservedNamespace({ environment, namespace, service }: PlanReleaseInput): PlanProblem | undefined {
  if (namespace !== environment.flux.namespace) return undefined;
  return {
    code: 'plan.reserved-namespace',
    message: `${service} wants the namespace ${namespace}, in which Flux of ${environment.name} lives.`,
    next: `give it another namespace: release-cli service set ${service} --namespace <name>`,
  };
}

function fluxEdits(input: PlanReleaseInput): Plan {
  const { environment, namespace, service, existing } = input;
  const edits: Edit[] = [];
  const problems: PlanProblem[] = [];
  const put = (path: string, render: () => Uint8Array | undefined): void => {
    try {
      const content = render();
      if (content !== undefined) edits.push({ kind: 'put', path, content });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      problems.push({ next: 'mend or remove the file', ...fromError(error, path) });
    }
  };
  if (environment.createNamespaces && existing.namespaceFile === undefined) {
    put(layout.namespaceFile(environment.name, namespace), () => namespaceFile(namespace));
  }
  if (environment.flux.layout === 'sliced') {
    put(layout.artifacts(environment.name, namespace), () =>
      artifactsFile(environment, namespace, existing.artifactsFile),
    );
  }
  put(layout.kustomization(environment.name, namespace, service), () =>
    kustomizationFile({ environment, namespace, service }, existing.kustomization),
  );
  return { edits, problems };
}
