import { findEnvironment, type ConfigSnapshot } from '@release-manager/config-repo';
import type { RuleOpinion } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

/** The Kustomization of a service in one cluster, of which the daemon there said last that it is suspended. */
export interface SuspendedChild {
  readonly cluster: string;
  /** Where the Kustomization lies. */
  readonly namespace: string;
  readonly name: string;
}

interface Target {
  readonly service: string;
  readonly environment: string;
}

/** What the daemons told of Flux, as far as a request and the writer ask for it before a service is taken away. */
export interface FluxReports {
  /** By one query, however many targets. */
  suspended(db: Db, targets: readonly Target[]): Promise<(target: Target) => readonly SuspendedChild[]>;
}

/** Where nobody knows what the daemons told: nothing is suspended. */
export async function suspendedIn(
  reports: FluxReports | undefined,
  db: Db,
  target: Target,
): Promise<readonly SuspendedChild[]> {
  return reports === undefined ? [] : (await reports.suspended(db, [target]))(target);
}

/**
 * Flux takes nothing away that it applied for a Kustomization that is suspended: deleted like that it would leave everything
 * running, with nobody to own it. So an undeploy is refused before it is committed. Clusters that the environment has no more
 * are not asked, since nobody will ever tell of them again.
 */
export function suspendedOpinions(
  snapshot: ConfigSnapshot,
  environment: string,
  children: readonly SuspendedChild[],
): readonly RuleOpinion[] {
  const clusters = findEnvironment(snapshot, environment)?.clusters ?? [];
  return children
    .filter(({ cluster }) => clusters.includes(cluster))
    .map(({ cluster, namespace, name }) => ({
      rule: 'undeploy.suspended',
      verdict: 'denies',
      explanation: `Kustomization ${namespace}/${name} is suspended in the cluster ${cluster}, so Flux would take nothing of it away`,
      next: `in the cluster ${cluster}: flux resume kustomization ${name} -n ${namespace}`,
    }));
}
