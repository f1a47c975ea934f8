import type { Edit, Plan } from './edit.ts';
import { layout } from './layout.ts';

export interface PlanUndeployInput {
  readonly environment: { readonly name: string };
  readonly service: string;
  readonly namespace: string;
  /** The other services with a Kustomization in `clusters/<environment>/<namespace>/`. */
  readonly otherServices: readonly string[];
}

/**
 * What an undeploy changes: the release folder and the Kustomization go, Flux prunes what it applied. With the last service
 * the namespace's ArtifactGenerator goes too: it would have no folder to cut, and a generator that finds nothing is an alarm
 * about nothing. The Namespace stays: it may hold what nobody can bring back (volumes, secrets).
 */
export function planUndeploy(input: PlanUndeployInput): Plan {
  const { namespace, service } = input;
  const environment = input.environment.name;
  const edits: Edit[] = [
    { kind: 'remove', path: layout.release(environment, namespace, service) },
    { kind: 'remove', path: layout.kustomization(environment, namespace, service) },
  ];
  if (input.otherServices.every((other) => other === service)) {
    edits.push({ kind: 'remove', path: layout.artifacts(environment, namespace) });
  }
  return { edits, problems: [] };
}
